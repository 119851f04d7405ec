/** The repository's own options and patterns for node:test, parted by who may have them. */
export interface NodeTestArgs {
  /** For the runner. */
  runner: string[];
  /** For the processes of the test files: code of the repository that is loaded first, and how modules are found. */
  preload: string[];
  /** Nothing of the repository has to run in the runner's own process. */
  separable: boolean;
}

const withValue =
  /^(?:-r|-C|--(?:import|require|loader|experimental-loader|env-file|env-file-if-exists|conditions)|--test-(?:name-pattern|skip-pattern|timeout|concurrency|shard|isolation|global-setup|rerun-failures)|--experimental-test-isolation|--experimental-config-file)$/;
const inParent = /^--(?:test-global-setup|experimental-(?:default-)?config-file)\b/;
/** Ours: one process for each test file. */
const isolation = /^--(?:experimental-)?test-isolation\b/;

/** @param control path of a file that the suite has to run too */
export function nodeTestArgs(suiteArgs: readonly string[], control: string): NodeTestArgs {
  const found: NodeTestArgs = { runner: [], preload: [], separable: true };
  const patterns: string[] = [];
  const rest = [...suiteArgs];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const option = withValue.test(arg) && rest.length > 0 ? [arg, rest.shift()!] : [arg];
    if (!arg.startsWith('-')) patterns.push(arg);
    else if (isolation.test(arg)) continue;
    else if (/^--test-/.test(arg)) found.runner.push(...option);
    else found.preload.push(...option);
    if (inParent.test(arg)) found.separable = false;
  }
  // Without a pattern node looks for test files itself, and finds this one where it finds the others.
  if (patterns.length > 0) patterns.unshift(control);
  return { ...found, runner: [...found.runner, ...patterns] };
}

/**
 * The repository's own options and patterns for vitest, jest or mocha.
 * @param control path of a file that the suite has to run too
 */
export function argsWithControl(suiteArgs: readonly string[], control: string): string[] {
  // Ours fails by intention: it is no reason to leave the others out.
  const args = suiteArgs.filter((arg) => !/^(?:--bail(?:=.*)?|-b)$/.test(arg));
  // What stands behind an option may be its value.
  const isPattern = (arg: string, at: number) =>
    !arg.startsWith('-') && !/^-(?!-no-)[\w.-]+$/.test(args[at - 1] ?? '');
  return args.some(isPattern) ? [control, ...args] : args;
}
