import type { PullSnapshot, ReactionsSnapshot, RepositorySnapshot } from '../github/public-types.ts';
import type { Expect, ExpectOfIssue } from './format.ts';
import type { RunSummary } from './summary.ts';
import { pullOf } from './wait-for.ts';

/** What there is at the end. */
export interface EndOfScenario {
  repository: RepositorySnapshot;
  /** Number of the issue that was labelled. */
  issue: number;
  /** Login of the app, e.g. `auto-build[bot]`. */
  app: string;
  /** The issue's newest run; undefined when none was started. */
  run: RunSummary | undefined;
  /** Contents of the files on the default branch that the expectations name; absent ones are left out. */
  files: Readonly<Record<string, string>>;
}

export interface Checked {
  ok: boolean;
  /** One sentence for each expectation that does not hold: what was expected, and what there is. */
  failures: string[];
}

/** Holds what there is against what was expected. Pure; what is not expected is not looked at. */
export function checkExpectations(expected: Expect | ExpectOfIssue, end: EndOfScenario): Checked {
  const failures = [
    ...checkRunOrNone(expected, end.run),
    ...checkIssue(expected, end),
    ...checkCommands(expected, end),
    ...checkPullRequest(expected, end),
    ...('files' in expected ? checkFiles(expected, end) : []),
    ...('branches' in expected
      ? checkList('branches', expected.branches, Object.keys(end.repository.branches))
      : []),
  ];
  return { ok: failures.length === 0, failures };
}

function same(what: string, expected: unknown, actual: unknown): string[] {
  if (expected === undefined || expected === actual) return [];
  return [`${what}: expected ${show(expected)}, got ${show(actual)}`];
}

function checkRunOrNone(expected: ExpectOfIssue, run: RunSummary | undefined): string[] {
  if (expected.run === 'none') return run ? [`runs: expected none, got one that is ${run.state}`] : [];
  return run ? checkRun(expected, run) : ['No run was started.'];
}

function checkRun(expected: ExpectOfIssue, run: RunSummary): string[] {
  const { score } = expected;
  const scoreFails = score && (run.score === null || run.score < score.min || run.score > score.max);
  const counts = (what: string, wanted: Partial<Record<string, number>> = {}, got: Record<string, number>) =>
    Object.entries(wanted).flatMap(([name, count]) => same(`${what} ${name}`, count, got[name] ?? 0));
  return [
    ...same('state of the run', expected.state, run.state),
    ...same('outcome', expected.outcome, run.outcome),
    ...same('route', expected.route, run.route),
    ...(scoreFails ? [`score: expected ${score.min} to ${score.max}, got ${show(run.score)}`] : []),
    ...counts('effects', expected.effects, run.effects),
    ...counts('model calls by', expected.modelCalls, run.modelCalls),
    ...counts(
      'attempts of',
      expected.attempts,
      Object.fromEntries(run.phases.map(({ phase, attempts }) => [phase, attempts])),
    ),
  ];
}

function checkIssue(expected: ExpectOfIssue, { repository, issue: number, app }: EndOfScenario): string[] {
  if (!expected.issue && !expected.comments) return [];
  const issue = repository.issues.find((one) => one.number === number);
  if (!issue) return [`issue #${number}: there is none`];
  return [
    ...same('state of the issue', expected.issue?.state, issue.state),
    ...checkList(
      'labels of the issue',
      expected.issue?.labels,
      issue.labels.map((label) => label.name),
    ),
    ...checkList('reactions to the issue', expected.issue?.reactions, Object.keys(issue.reactions)),
    ...checkComments(`comments by ${app}`, expected.comments, issue.comments, app),
  ];
}

function checkComments(
  what: string,
  expected: ExpectOfIssue['comments'],
  comments: PullSnapshot['comments'],
  app: string,
): string[] {
  const byApp = comments.filter(({ user }) => user.login === app).map(({ body }) => body);
  return [...same(what, expected?.byApp, byApp.length), ...checkText(what, expected, byApp.join('\n'))];
}

/** Each expected command is the next comment, on an issue or a pull request, that begins so. */
function checkCommands({ commands = [] }: ExpectOfIssue, { repository, app }: EndOfScenario): string[] {
  const comments = [...repository.issues, ...repository.pulls]
    .flatMap((each) => each.comments)
    .filter(({ user }) => user.login !== app)
    .sort((a, b) => a.id - b.id);
  return commands.flatMap(({ body, reactions }) => {
    const at = comments.findIndex((comment) => comment.body.startsWith(body));
    const [found] = comments.splice(0, at + 1).slice(-1);
    if (at === -1 || !found) return [`comment “${body}”: there is none`];
    return checkList(`reactions to “${body}”`, reactions, reactionsBy(app, found.reactions));
  });
}

function reactionsBy(app: string, reactions: ReactionsSnapshot): string[] {
  return Object.entries(reactions).flatMap(([name, logins]) => (logins.includes(app) ? [name] : []));
}

function checkPullRequest(
  expected: ExpectOfIssue,
  { repository: { pulls }, run, app }: EndOfScenario,
): string[] {
  const wanted = expected.pullRequest;
  const numbers = pulls.map((pull) => `#${pull.number}`).join(', ');
  if (wanted === undefined && expected.checks === undefined) return [];
  if (wanted === 'none') return pulls.length === 0 ? [] : [`pull requests: expected none, got ${numbers}`];
  const pull = pullOf(pulls, run);
  if (!pull) return [`pull requests: expected one, got ${numbers || 'none'}`];
  const name = `pull request #${pull.number}`;
  return [
    ...same(`state of ${name}`, wanted?.state, pull.state),
    ...same(`${name} merged`, wanted?.merged, pull.merged),
    ...same(`${name} draft`, wanted?.draft, pull.draft),
    ...checkText(`title of ${name}`, wanted?.title, pull.title),
    ...checkText(`body of ${name}`, wanted?.body, pull.body ?? ''),
    ...checkList(
      `files changed in ${name}`,
      wanted?.files,
      pull.files.map((file) => file.path),
    ),
    ...checkList(`reviewers asked for ${name}`, wanted?.reviewers, pull.requestedReviewers),
    ...checkComments(`comments by ${app} on ${name}`, wanted?.comments, pull.comments, app),
    ...(expected.checks ?? []).flatMap(({ name: check, conclusion }) => {
      const latest = pull.checks.findLast((run) => run.name === check);
      if (latest)
        return same(`conclusion of check “${check}”`, conclusion, latest.conclusion ?? latest.status);
      const names = pull.checks.map((run) => run.name).join(', ') || 'none';
      return [`check “${check}”: expected ${conclusion}, but there is no such check; there are ${names}`];
    }),
  ];
}

function checkFiles(expected: Expect, { repository, files }: EndOfScenario): string[] {
  return Object.entries(expected.files ?? {}).flatMap(([path, wanted]) => {
    const name = `${path} on ${repository.defaultBranch}`;
    const content = files[path];
    if (wanted === 'absent')
      return content === undefined ? [] : [`${name}: expected absent, but it is there`];
    if (content === undefined) return [`${name}: is not there`];
    return [...same(name, wanted.equals, content), ...checkText(name, wanted, content)];
  });
}

interface ContainsLacks {
  contains?: string[] | undefined;
  lacks?: string[] | undefined;
}

function checkText(what: string, wanted: ContainsLacks | undefined, text: string): string[] {
  const has = (part: string) => text.includes(part);
  return checkParts(what, wanted, has, text);
}

function checkList(what: string, wanted: ContainsLacks | undefined, items: readonly string[]): string[] {
  return checkParts(what, wanted, (item) => items.includes(item), items.join(', ') || 'nothing');
}

function checkParts(
  what: string,
  wanted: ContainsLacks | undefined,
  has: (part: string) => boolean,
  actual: string,
): string[] {
  return [
    ...(wanted?.contains ?? [])
      .filter((part) => !has(part))
      .map((part) => `${what}: expected ${show(part)} in it, got ${show(actual)}`),
    ...(wanted?.lacks ?? [])
      .filter(has)
      .map((part) => `${what}: expected no ${show(part)} in it, got ${show(actual)}`),
  ];
}

/** Short enough for a line in a terminal. */
function show(value: unknown): string {
  if (value === null) return 'none';
  const text = typeof value === 'string' ? `“${value}”` : String(value);
  return text.length > 300 ? `${text.slice(0, 299)}…” (${text.length} characters)` : text;
}
