import type { Door } from './door.ts';
import { isMissing } from './github-error.ts';
import type { Comment, Comments } from './types.ts';

export function commentsOf({ read, write, place, appSlug }: Door): Comments {
  /** Ours, oldest first; `most` ends the search. */
  const marked = async (number: number, marker: string, most = Number.POSITIVE_INFINITY) => {
    // People cannot have brackets in their names, so this login is ours alone.
    const ours = `${await appSlug()}[bot]`;
    return read({ issues: 'read' }, async (octokit) => {
      const found: RawComment[] = [];
      const pages = octokit.paginate.iterator(octokit.rest.issues.listComments, {
        ...place,
        issue_number: number,
        per_page: 100,
      });
      for await (const { data } of pages) {
        const fits = ({ user, body }: RawComment) => user?.login === ours && (body ?? '').startsWith(marker);
        found.push(...data.filter(fits));
        if (found.length >= most) break;
      }
      return found;
    });
  };
  return {
    findByMarker: async (number, marker) => {
      const [oldest] = await marked(number, marker, 1);
      return oldest && asComment(oldest);
    },
    keepOldest: async (number, marker, id) => {
      const [oldest, ...later] = await marked(number, marker);
      if (![oldest, ...later].some((each) => each?.id === id)) return undefined;
      for (const twin of later) {
        try {
          await write('comment.delete', { issues: 'write' }, (octokit) =>
            octokit.rest.issues.deleteComment({ ...place, comment_id: twin.id }),
          );
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
      }
      return oldest?.id;
    },
    create: async (number, body) => {
      const { data } = await write('comment.create', { issues: 'write' }, (octokit) =>
        octokit.rest.issues.createComment({ ...place, issue_number: number, body }),
      );
      return asComment(data);
    },
    update: async (id, body) => {
      const { data } = await write('comment.update', { issues: 'write' }, (octokit) =>
        octokit.rest.issues.updateComment({ ...place, comment_id: id, body }),
      );
      return asComment(data);
    },
  };
}

interface RawComment {
  id: number;
  body?: string;
  html_url: string;
  user: { login: string } | null;
}

function asComment(raw: Omit<RawComment, 'user'>): Comment {
  return { id: raw.id, body: raw.body ?? '', url: raw.html_url };
}
