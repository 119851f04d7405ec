import { z } from 'zod';
import { type RoleTool, roleTool } from '../roles/role.ts';
import type { Container } from '../sandbox/sandbox.ts';
import { numbered } from './repository-tools.ts';

const commandTimeoutMs = 5 * 60_000;
const maxOutput = 24_000;

/** The container, as soon as it is ready. */
type Desk = () => Promise<Container>;

/**
 * The builder's hands: everything happens by `exec` inside its container, as an ordinary user without network.
 * Paths are relative to the repository root; what a path resolves to is the container's business, not ours.
 */
export function workspaceTools(
  desk: Desk,
  ran: (command: string, exitCode: number | null, ms: number) => void,
): RoleTool[] {
  return [readFile(desk), writeFile(desk), editFile(desk), bash(desk, ran)];
}

async function readText(desk: Desk, path: string, signal: AbortSignal): Promise<string> {
  const result = await (await desk()).exec(
    { argv: ['cat', '--', path], outputBytes: 1024 * 1024, leavesNothing: true },
    signal,
  );
  if (result.truncated) throw new Error(`${path} is larger than 1 MiB: read parts of it with bash.`);
  if (result.exitCode !== 0) throw new Error(`${path} cannot be read: ${result.stderr.trim()}`);
  return result.stdout;
}

async function writeText(
  desk: Desk,
  file: { path: string; content: string },
  signal: AbortSignal,
): Promise<void> {
  const { path, content } = file;
  const script = 'mkdir -p -- "$(dirname -- "$1")" && cat > "$1"';
  const argv = ['sh', '-c', script, 'sh', path];
  const result = await (await desk()).exec({ argv, stdin: content, leavesNothing: true }, signal);
  if (result.exitCode !== 0) throw new Error(`${path} cannot be written: ${result.stderr.trim()}`);
}

function readFile(desk: Desk): RoleTool {
  return roleTool({
    definition: {
      name: 'read_file',
      description: 'Shows a file of your working copy with line numbers, from `line` on.',
      input_schema: z.object({ path: z.string().min(1), line: z.int().positive().optional() }),
    },
    async run({ path, line }, signal) {
      const content = await readText(desk, path, signal);
      return numbered(content, line ?? 1);
    },
  });
}

function writeFile(desk: Desk): RoleTool {
  return roleTool({
    definition: {
      name: 'write_file',
      description: 'Writes a whole file of your working copy, making its folders.',
      input_schema: z.object({ path: z.string().min(1), content: z.string() }),
    },
    async run({ path, content }, signal) {
      await writeText(desk, { path, content }, signal);
      return `${path} written (${content.split('\n').length} lines).`;
    },
  });
}

function editFile(desk: Desk): RoleTool {
  return roleTool({
    definition: {
      name: 'edit_file',
      description: 'Replaces a text that stands exactly once in a file of your working copy.',
      input_schema: z.object({ path: z.string().min(1), old: z.string().min(1), new: z.string() }),
    },
    async run({ path, old, new: next }, signal) {
      const content = await readText(desk, path, signal);
      const places = content.split(old).length - 1;
      if (places !== 1)
        throw new Error(`The text stands ${places} times in ${path}; it must stand exactly once.`);
      await writeText(desk, { path, content: content.replace(old, () => next) }, signal);
      return `${path} edited.`;
    },
  });
}

function bash(desk: Desk, ran: (command: string, exitCode: number | null, ms: number) => void): RoleTool {
  return roleTool({
    definition: {
      name: 'bash',
      description:
        'Runs a shell command at the root of your working copy (no network, five minutes at most). What it leaves running is killed.',
      input_schema: z.object({ command: z.string().min(1).max(20_000) }),
    },
    async run({ command }, signal) {
      const result = await (await desk()).exec(
        { argv: ['sh', '-c', command], timeoutMs: commandTimeoutMs },
        signal,
      );
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
