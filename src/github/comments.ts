import type { Door } from './access.ts';
import type { Comment, Comments } from './types.ts';

export function commentsOf({ call, place, appSlug }: Door): Comments {
  return {
    findByMarker: async (number, marker) => {
      // People cannot have brackets in their names, so this login is ours alone.
      const ours = `${await appSlug()}[bot]`;
      const find = (page: RawComment[]) =>
        page.find((comment) => comment.user?.login === ours && (comment.body ?? '').startsWith(marker));
      const found = await call({ issues: 'read' }, async (octokit) => {
        const pages = octokit.paginate.iterator(octokit.rest.issues.listComments, {
          ...place,
          issue_number: number,
          per_page: 100,
        });
        for await (const { data } of pages) {
          const comment = find(data);
          if (comment) return comment;
        }
        return undefined;
      });
      return found && asComment(found);
    },
    create: async (number, body) => {
      const { data } = await call({ issues: 'write' }, (octokit) =>
        octokit.rest.issues.createComment({ ...place, issue_number: number, body }),
      );
      return asComment(data);
    },
    update: async (id, body) => {
      const { data } = await call({ issues: 'write' }, (octokit) =>
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
