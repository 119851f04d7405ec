export default { forbidden: [{name:'core', severity:'error', from:{path:'^src/roles'}, to:{path:'^src/run'}}], options: {tsPreCompilationDeps: true, tsConfig:{fileName:'tsconfig.json'}} };
