import type { Repository } from '../github/types.ts';
import type { OneWrite } from './effects-port.ts';

/**
 * A comment of ours that is there once on an issue or pull request, told by its marker.
 * @param words begin with the marker; asked for only when it is written
 */
export function oneComment(
  { comments }: Repository,
  on: number,
  marker: string,
  words: () => string,
): OneWrite {
  return {
    look: async () => (await comments.findByMarker(on, marker))?.id.toString(),
    act: async () => (await comments.create(on, words())).id.toString(),
    keepOldest: async (id) => (await comments.keepOldest(on, marker, Number(id)))?.toString(),
  };
}
