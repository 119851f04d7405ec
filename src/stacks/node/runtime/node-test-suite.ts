/**
 * Reporter of the repository's own suite under node:test: one line on standard output, where a file would be for
 * anybody to replace. Loaded by the parent process alone, before it starts the first test file: here those are given
 * to another user, who can reach neither this process nor its output.
 */
import { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import report from './node-test-reporter.ts';

interface SuiteOptions {
  /** How the line begins. */
  mark: string;
  /** Who runs test files; null: the same user. */
  user: { uid: number; gid: number } | null;
  /** Options of node for test files: what they preload is the repository's, so it is nothing for this process. */
  preload: string[];
}

const given: SuiteOptions = JSON.parse(readFileSync(new URL('./suite.json', import.meta.url), 'utf8'));

if (given.user) {
  const { user, preload } = given;
  const prototype = ChildProcess.prototype as unknown as { spawn(options: { args: string[] }): number };
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    const [node = '', ...args] = options.args;
    return spawn.call(this, { ...options, ...user, args: [node, ...preload, ...args] });
  };
}

export default async function* suite(events: Parameters<typeof report>[0]): AsyncGenerator<string> {
  for await (const text of report(events)) yield `\n${given.mark}${text}\n`;
}
