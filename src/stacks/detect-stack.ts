import { detectNode } from './node/node-stack.ts';
import { detectPython } from './python/python-stack.ts';
import type { RepoFiles, Stack } from './stack.ts';

const pythonProject = /^(?:pyproject\.toml|setup\.(?:py|cfg)|(?:.*\/)?requirements[^/]*\.txt)$/;

/**
 * The stack of a repository at its base commit; undefined when it is none that auto-build knows. What most of its code
 * is written in decides; a package.json at the root alone does not make a Python project a node one, nor the other
 * way round.
 */
export async function detectStack(files: RepoFiles): Promise<Stack | undefined> {
  const paths = files.list();
  const count = (ending: RegExp) => paths.filter((path) => ending.test(path)).length;
  const isPython = paths.some((path) => pythonProject.test(path)) || !paths.includes('package.json');
  const isMostlyPython = count(/\.py$/) > count(/\.[mc]?[jt]sx?$/);
  return isPython && isMostlyPython
    ? detectPython(files)
    : ((await detectNode(files)) ?? (await detectPython(files)));
}
