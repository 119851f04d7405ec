import type { IssueEdit, Repository } from '../../github/types.ts';
import type { FrozenIssue } from '../../run/artifacts.ts';

/** Whoever put the label on may have read the issue so long before, and not again. */
const windowMs = 10 * 60 * 1000;

/**
 * Changes of the issue by people without write access in the ten minutes before it was asked for: the text that was
 * read and the one that was frozen may be two.
 */
export async function lateEdits(
  github: Pick<Repository, 'issueEdits' | 'roleOf'>,
  issue: FrozenIssue,
): Promise<IssueEdit[]> {
  const { askedAt } = issue;
  if (askedAt === undefined) return [];
  const edits = (await github.issueEdits(issue.number)).filter(
    ({ at }) => at <= askedAt && at > askedAt - windowMs,
  );
  const late: IssueEdit[] = [];
  for (const edit of edits) if (!(await mayWrite(github, edit.by))) late.push(edit);
  return late;
}

async function mayWrite({ roleOf }: Pick<Repository, 'roleOf'>, login: string | null): Promise<boolean> {
  return login !== null && ['write', 'maintain', 'admin'].includes(await roleOf(login));
}
