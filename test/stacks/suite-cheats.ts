/**
 * Code that makes the report of the suite it runs in look as if the tests named had passed. Each is the beginning of a
 * module: it does its work when it is imported and ends the process, or leaves it be where it finds no way.
 */

const look = `import { readFileSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { dirname } from 'node:path';
const up = readFileSync('/proc/' + process.ppid + '/cmdline', 'utf8').split('\\0');
const option = (name) => up.map((arg) => arg.split(name + '=')[1]).find(Boolean);
`;
const forged = (names: readonly string[], file = 'test/sum.test.js') =>
  `JSON.stringify({ complete: true, tests: ${JSON.stringify(names)}.map((name) => ({ file: '${file}', path: [name], status: 'passed', durationMs: 1 })) })`;

/** Finds the report's path in the runner's command line, puts another in its place, and ends with success. */
export const replacesTheReport = (names: readonly string[], file?: string): string => `${look}
try {
  const at = option('--test-reporter-destination') ?? dirname(option('--reporter') ?? option('--test-reporter')) + '/report.json';
  rmSync(at, { force: true });
  writeFileSync(at, ${forged(names, file)});
  if (at !== 'stdout') process.exit(0);
} catch {}
`;

const mark = `const { mark } = JSON.parse(readFileSync(dirname(option('--test-reporter') ?? option('--reporter')) + '/suite.json', 'utf8'));`;
const say = (names: readonly string[]) =>
  `appendFileSync('/proc/' + process.ppid + '/fd/1', '\\n' + mark + ${forged(names)} + '\\n');`;

/** Writes a line like the report's to the runner's own output. */
export const addsALine = (names: readonly string[]): string => `${look}
try { ${mark} ${say(names)} } catch {}
`;

/** The same, and keeps the runner from writing its own. */
export const killsTheRunner = (names: readonly string[]): string => `${look}
try { ${mark} ${say(names)} process.kill(process.ppid, 'SIGKILL'); } catch {}
`;
