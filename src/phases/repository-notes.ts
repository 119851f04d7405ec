import type { Part } from '../roles/role.ts';
import type { Source } from './source.ts';

const files = ['AGENTS.md', 'CONTRIBUTING.md'];
const maxCharacters = 20_000;

/** How to work in the repository, as it says itself; from the base commit only, so no change can write its own rules. */
export async function repositoryNotes(source: Source): Promise<Part> {
  for (const path of files) {
    const text = await source.files.read(path);
    if (text) return { name: 'notes', from: 'words', text: `${path}:\n${text.slice(0, maxCharacters)}` };
  }
  return { name: 'notes', from: 'words', text: 'The repository has none.' };
}
