import { z } from 'zod';
import { type RoleTool, roleTool } from '../roles/role.ts';
import { numbered } from './repository-tools.ts';
import type { WorkingCopy } from './working-copy.ts';

const commandTimeoutMs = 5 * 60_000;
const maxOutput = 24_000;

type Ran = (command: string, exitCode: number | null, ms: number) => void;

/**
 * The builder's hands: everything happens in its container, as an ordinary user without network. Paths are relative to
 * the repository root; what a path resolves to is the container's business, not ours.
 */
export function workspaceTools(copy: WorkingCopy, ran: Ran): RoleTool[] {
  return [readFile(copy), writeFile(copy), editFile(copy), bash(copy, ran)];
}

function readFile(copy: WorkingCopy): RoleTool {
  return roleTool({
    definition: {
      name: 'read_file',
      description: 'Shows a file of your working copy with line numbers, from `line` on.',
      input_schema: z.object({ path: z.string().min(1), line: z.int().positive().optional() }),
    },
    async run({ path, line }, signal) {
      const content = await copy.read(path, signal);
      return numbered(content, line ?? 1);
    },
  });
}

function writeFile(copy: WorkingCopy): RoleTool {
  return roleTool({
    definition: {
      name: 'write_file',
      description: 'Writes a whole file of your working copy, making its folders.',
      input_schema: z.object({ path: z.string().min(1), content: z.string() }),
    },
    async run({ path, content }, signal) {
      await copy.write(path, content, signal);
      return `${path} written (${content.split('\n').length} lines).`;
    },
  });
}

function editFile(copy: WorkingCopy): RoleTool {
  return roleTool({
    definition: {
      name: 'edit_file',
      description: 'Replaces a text that stands exactly once in a file of your working copy.',
      input_schema: z.object({ path: z.string().min(1), old: z.string().min(1), new: z.string() }),
    },
    async run({ path, old, new: next }, signal) {
      const content = await copy.read(path, signal);
      const places = content.split(old).length - 1;
      if (places !== 1)
        throw new Error(`The text stands ${places} times in ${path}; it must stand exactly once.`);
      await copy.write(
        path,
        content.replace(old, () => next),
        signal,
      );
      return `${path} edited.`;
    },
  });
}

function bash(copy: WorkingCopy, ran: Ran): RoleTool {
  return roleTool({
    definition: {
      name: 'bash',
      description:
        'Runs a shell command at the root of your working copy (no network, five minutes at most). What it leaves running is killed.',
      input_schema: z.object({ command: z.string().min(1).max(20_000) }),
    },
    async run({ command }, signal) {
      const result = await copy.run(command, commandTimeoutMs, signal);
      ran(command, result.exitCode, result.durationMs);
      const how = result.timedOut
        ? 'killed after five minutes'
        : result.outOfMemory
          ? 'killed: out of memory'
          : `exit code ${result.exitCode}`;
      return [how, middleCut(result.stdout), result.stderr && `stderr:\n${middleCut(result.stderr)}`]
        .filter(Boolean)
        .join('\n');
    },
  });
}

/** The beginning and the end matter: what was asked for and how it ended. */
function middleCut(output: string): string {
  if (output.length <= maxOutput) return output;
  const half = maxOutput / 2;
  return `${output.slice(0, half)}\n… ${output.length - maxOutput} characters cut …\n${output.slice(-half)}`;
}
