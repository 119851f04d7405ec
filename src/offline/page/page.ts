import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { streamSSE } from 'hono/streaming';
import type { LocalGitHub, PullSnapshot, RepositorySnapshot, Snapshot } from '../github/public-types.ts';
import { checksPage } from './checks.ts';
import { issuePage, labelStyles, pullPage } from './conversation.ts';
import { changedFilesPage, codePage, filePage, ledgerPage } from './files.ts';
import { type Html, page, type Tab, type View } from './layout.ts';

/** What the page shows; the local GitHub is one. */
export type PageSource = Pick<LocalGitHub, 'snapshot' | 'ledger' | 'readFile'>;

/** How often an open page asks whether something changed, in milliseconds. */
const refreshMs = 700;
/** Everything shown was written by somebody else: nothing but our own three files may run, style or load. */
const headers = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/**
 * The page as a fetch handler, at the paths that github.com has for the same things, so that every `html_url`
 * leads to it: for `startPage`, or for the page handler of the local GitHub itself.
 */
export async function createPage(source: PageSource): Promise<(request: Request) => Promise<Response>> {
  const read = (name: string) => readFile(new URL(name, import.meta.url), 'utf8');
  const sheets = await Promise.all(['page.css', 'code.css', 'markdown.css'].map(read));
  const script = await read('live.js');
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  });
  app.get('/-/page.css', (c) =>
    c.body(sheets.join('\n'), 200, { 'content-type': 'text/css; charset=utf-8' }),
  );
  app.get('/-/live.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  app.get('/-/events', (c) => changes(c, source));
  app.get('/', async (c) => c.redirect(start(await source.snapshot())));

  const show = (
    path: string,
    tab: Tab,
    content: (view: View, c: Context) => Found | undefined | Promise<Found | undefined>,
  ) =>
    app.get(path, async (c) => {
      const view = await viewOf(
        source,
        c.req.param('owner') ?? '',
        c.req.param('repo') ?? '',
        Number(c.req.param('number')),
      );
      const found = view && (await content(view, c));
      if (!view || !found) return c.notFound();
      if ('redirect' in found) return c.redirect(found.redirect);
      return c.html(page(view, tab, found.title, found.content));
    });

  show('/:owner/:repo/issues/:number{\\d+}', 'issue', (view, c) => {
    const number = Number(c.req.param('number'));
    const issue = view.repository.issues.find((one) => one.number === number);
    if (issue) return { title: issue.title, content: issuePage(view, issue) };
    const isPull = view.repository.pulls.some((one) => one.number === number);
    return isPull ? { redirect: `${view.base}/pull/${number}` } : undefined;
  });
  const pulls: [string, Tab, (view: View, pull: PullSnapshot) => Html][] = [
    ['', 'pull', pullPage],
    ['/commits', 'pull', pullPage],
    ['/files', 'files', (_view, pull) => changedFilesPage(pull)],
    ['/checks', 'checks', checksPage],
  ];
  for (const [suffix, tab, render] of pulls) {
    show(`/:owner/:repo/pull/:number{\\d+}${suffix}`, tab, (view, c) => {
      const pull = view.repository.pulls.find((one) => one.number === Number(c.req.param('number')));
      return pull && { title: pull.title, content: render(view, pull) };
    });
  }
  /** Where the `html_url` of a check run leads. */
  app.get('/:owner/:repo/runs/:id{\\d+}', async (c) => {
    const view = await viewOf(source, c.req.param('owner'), c.req.param('repo'));
    const id = Number(c.req.param('id'));
    const pull = view?.repository.pulls.find((one) => one.checks.some((check) => check.id === id));
    return view && pull ? c.redirect(`${view.base}/pull/${pull.number}/checks#check-${id}`) : c.notFound();
  });
  show('/:owner/:repo/ledger', 'ledger', () => ({ title: 'Ledger', content: ledgerPage(source.ledger()) }));
  app.get('/:owner/:repo/-/labels.css', async (c) => {
    const view = await viewOf(source, c.req.param('owner'), c.req.param('repo'));
    const { labels = [], issues = [], pulls = [] } = view?.repository ?? {};
    const css = labelStyles([...labels, ...[...issues, ...pulls].flatMap((one) => one.labels)]);
    return c.body(css, 200, { 'content-type': 'text/css; charset=utf-8' });
  });
  show('/:owner/:repo/blob/:ref/:path{.+}', 'code', async (view, c) => {
    const ref = c.req.param('ref') ?? '';
    const path = c.req.param('path') ?? '';
    const content = await source.readFile(view.repository, ref, path);
    return content === undefined ? undefined : { title: path, content: filePage(view, ref, path, content) };
  });
  show('/:owner/:repo', 'code', async (view) => {
    const { repository } = view;
    const readme = await source.readFile(repository, repository.defaultBranch, 'README.md');
    return { title: repository.name, content: codePage(view, readme) };
  });
  app.notFound(async (c) => {
    const back = start(await source.snapshot());
    return c.html(
      html`<!doctype html><meta charset="utf-8"><title>Not found</title><link rel="stylesheet" href="/-/page.css"><main><h1>Not found</h1><p>There is nothing at this address. <a href="${back}">Back to the issue</a></p></main>`,
      404,
    );
  });
  return async (request) => app.fetch(request);
}

type Found = { title: string; content: Html } | { redirect: string };

/** The page to begin with: the first issue of the first repository. */
function start({ repositories: [repository] }: Snapshot): string {
  if (!repository) return '/-/nothing-yet';
  const base = `/${repository.owner}/${repository.name}`;
  const [issue] = repository.issues;
  return issue ? `${base}/issues/${issue.number}` : base;
}

async function viewOf(
  source: PageSource,
  owner: string,
  name: string,
  shown?: number,
): Promise<View | undefined> {
  const { repositories } = await source.snapshot();
  const repository = repositories.find((one) => one.owner === owner && one.name === name);
  if (!repository) return undefined;
  const { issue, pull } = tabTargets(repository, shown);
  return { repository, base: `/${owner}/${name}`, issue, pull, writes: source.ledger().length };
}

/** The tabs lead to what is shown and what belongs to it: a pull request that names the issue, or the other way round. */
function tabTargets(repository: RepositorySnapshot, shown: number | undefined): Pick<View, 'issue' | 'pull'> {
  const names = (pull: PullSnapshot, issue: number) => new RegExp(`#${issue}\\b`).test(pull.body ?? '');
  const shownPull = repository.pulls.find((one) => one.number === shown);
  if (shownPull) {
    const issue = repository.issues.find((one) => names(shownPull, one.number)) ?? repository.issues[0];
    return { pull: shownPull, issue: issue?.number };
  }
  const issue = repository.issues.find((one) => one.number === shown) ?? repository.issues[0];
  const pull = issue && repository.pulls.find((one) => names(one, issue.number));
  return { issue: issue?.number, pull: pull ?? (shown === undefined ? repository.pulls[0] : undefined) };
}

/** Sends `changed` whenever the world differs from what it was at the last look. */
function changes(c: Context, source: PageSource): Response {
  return streamSSE(c, async (stream) => {
    let last = await fingerprint(source);
    await stream.write(': watching\n\n');
    while (!stream.aborted) {
      await stream.sleep(refreshMs);
      const now = await fingerprint(source);
      if (now === last) continue;
      last = now;
      await stream.writeSSE({ event: 'changed', data: now });
    }
  });
}

async function fingerprint(source: PageSource): Promise<string> {
  const { repositories } = await source.snapshot();
  const state = JSON.stringify([repositories, source.ledger().length]);
  return createHash('sha256').update(state).digest('hex').slice(0, 16);
}
