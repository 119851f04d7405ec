import { z } from 'zod';
import type { Mirror, TreeFile } from '../git/types.ts';
import { type RoleTool, roleTool } from '../roles/role.ts';

const maxFileBytes = 256 * 1024;
const maxLines = 600;
const maxRows = 400;
const maxSearchedFiles = 3_000;

/**
 * What a role that only reads may do with the repository at one commit. It reads git objects of the mirror as data:
 * no container, no work tree, nothing of the repository runs.
 */
export function repositoryTools(mirror: Pick<Mirror, 'listFiles' | 'readFile'>, commit: string): RoleTool[] {
  return [listFiles(mirror, commit), readFile(mirror, commit), searchFiles(mirror, commit)];
}

function listFiles(mirror: Pick<Mirror, 'listFiles'>, commit: string): RoleTool {
  return roleTool({
    definition: {
      name: 'list_files',
      description: 'Lists the files of the repository, one path per line, optionally below a folder.',
      input_schema: z.object({ folder: z.string().optional() }),
    },
    async run({ folder }) {
      const prefix = folder && folder !== '.' ? `${folder.replace(/^\.?\/|\/$/g, '')}/` : '';
      const paths = (await mirror.listFiles(commit)).map((file) => file.path);
      return rows(
        paths.filter((path) => path.startsWith(prefix)),
        maxRows,
        'Nothing there.',
      );
    },
  });
}

function readFile(mirror: Pick<Mirror, 'readFile'>, commit: string): RoleTool {
  return roleTool({
    definition: {
      name: 'read_file',
      description: `Shows a file of the repository with line numbers, at most ${maxLines} lines from \`line\` on.`,
      input_schema: z.object({ path: z.string(), line: z.int().positive().optional() }),
    },
    async run({ path, line }) {
      const content = await mirror.readFile(commit, path, maxFileBytes);
      if (!content) throw new Error(`There is no file ${path}.`);
      return numbered(content.toString('utf8'), line ?? 1);
    },
  });
}

function searchFiles(mirror: Pick<Mirror, 'listFiles' | 'readFile'>, commit: string): RoleTool {
  return roleTool({
    definition: {
      name: 'search_files',
      description: 'Finds the lines that contain a text (no pattern), as path:line: text.',
      input_schema: z.object({ text: z.string().min(2), folder: z.string().optional() }),
    },
    async run({ text, folder }, signal) {
      const prefix = folder && folder !== '.' ? `${folder.replace(/\/$/, '')}/` : '';
      const files = (await mirror.listFiles(commit)).filter((file) => searchable(file, prefix));
      const found: string[] = [];
      for (const file of files.slice(0, maxSearchedFiles)) {
        signal.throwIfAborted();
        const content = await mirror.readFile(commit, file.path, maxFileBytes);
        if (!content?.includes(text)) continue;
        content
          .toString('utf8')
          .split('\n')
          .forEach((line, index) => {
            if (line.includes(text)) found.push(`${file.path}:${index + 1}: ${line.slice(0, 240)}`);
          });
        if (found.length > maxRows) break;
      }
      return rows(found, maxRows, 'No line contains that text.');
    },
  });
}

function searchable(file: TreeFile, prefix: string): boolean {
  return file.mode.startsWith('100') && file.size <= maxFileBytes && file.path.startsWith(prefix);
}

function rows(all: string[], max: number, nothing: string): string {
  if (all.length === 0) return nothing;
  const more = all.length > max ? `\n… and ${all.length - max} more; ask for less at once.` : '';
  return all.slice(0, max).join('\n') + more;
}

/** Text with line numbers from a line on, cut after `maxLines`. */
export function numbered(content: string, from: number): string {
  const lines = content.split('\n');
  const shown = lines.slice(from - 1, from - 1 + maxLines).map((line, index) => `${from + index}\t${line}`);
  const rest = lines.length - (from - 1 + shown.length);
  return shown.join('\n') + (rest > 0 ? `\n… ${rest} more lines` : '');
}
