import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningPage, startPage } from '../../../src/offline/page/start-page.ts';
import { repository, sampleWorld } from './sample-world.ts';

let page: RunningPage;
let world: ReturnType<typeof sampleWorld>;
const base = '/acme/tiny-text';

beforeEach(async () => {
  world = sampleWorld();
  page = await startPage(world);
});
afterEach(() => page.close());

const get = (path: string) => fetch(page.url + path);
const textOf = async (path: string) => (await get(path)).text();

test('begins with the issue, and shows its comments, labels and reactions', async () => {
  const answer = await get('/');
  expect(answer.url).toBe(`${page.url}${base}/issues/1`);
  const html = await answer.text();
  expect(html).toContain('<h1>Add slugify(text, options) <span class="number">#1</span></h1>');
  expect(html).toContain('<span class="label label-5319e7">auto-build</span>');
  expect(html).toContain('title="auto-build[bot]"');
  expect(html).toContain('<a href="/acme/tiny-text/issues/2">#2</a>');
  expect(html).not.toContain('auto-build:status');
});

test('shows the pull request with its checks and that it is merged', async () => {
  const html = await textOf(`${base}/pull/2`);
  expect(html).toContain('Merged</span>');
  expect(html).toContain('1 of 6 checks are running');
  expect(html).toContain('<td>C6 The other functions return what they returned</td>');
});

test('shows what changed with the line numbers of both sides', async () => {
  const html = (await textOf(`${base}/pull/2/files`)).replaceAll(/\s+/g, ' ');
  expect(html).toContain(
    '<tr class="removed"><td>3</td><td></td><td><pre>- export { truncate } from &#39;./cut.js&#39;;</pre></td></tr>',
  );
  expect(html).toContain('<tr class="added"><td></td><td>4</td>');
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(html).toContain('+8');
});

test.each([
  ['/pull/2/checks', 'src/slugify.js:5'],
  ['/ledger', 'pulls/merge'],
  ['', 'Small functions.'],
  ['/blob/main/src/index.js', 'export {};'],
])('shows %s', async (path, words) => {
  const answer = await get(base + path);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain(words);
});

test('the addresses that GitHub gives lead somewhere', async () => {
  const check = repository.pulls[0]!.checks[1]!;
  const run = await fetch(`${page.url}${base}/runs/${check.id}`, { redirect: 'manual' });
  expect(run.headers.get('location')).toBe(`${base}/pull/2/checks#check-${check.id}`);
  expect((await get(`${base}/issues/2`)).url).toBe(`${page.url}${base}/pull/2`);
});

test.each([
  '/acme/other',
  '/other/tiny-text/issues/1',
  `${base}/issues/99`,
  `${base}/blob/main/nope`,
  '/x/y/z/w',
])('%s is not found, in words', async (path) => {
  const answer = await get(path);
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain('There is nothing at this address.');
});

test('lets nothing run or load that is not its own', async () => {
  const answer = await get(`${base}/issues/1`);
  const html = await answer.text();
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(html.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="/-/live.js">']);
  expect(html).not.toMatch(/<img|onerror=(?!alert\(1\)&gt;)|href="javascript:|(?:src|href)="https?:/);
});

test('escapes what people and repositories are called', async () => {
  const hostile = '"><script>alert(1)</script>';
  const [issue] = world.repository.issues;
  world.repository = {
    ...world.repository,
    labels: [{ name: hostile, color: 'red;}</style>' }],
    issues: [
      {
        ...issue!,
        title: hostile,
        user: { login: hostile, type: 'User' },
        labels: [{ name: hostile, color: '*/x' }],
      },
    ],
  };
  expect(await textOf(`${base}/issues/1`)).not.toContain('<script>alert');
  expect(await textOf(`${base}/-/labels.css`)).toBe('');
});

test('an open page hears of changes', async () => {
  const answer = await get('/-/events');
  const reader = answer.body!.getReader();
  // Until the first look was taken a change would go unnoticed; the comment that the stream begins with says so.
  expect(new TextDecoder().decode((await reader.read()).value)).toBe(': watching\n\n');
  world.repository = { ...world.repository, headSha: '0'.repeat(40) };
  expect(new TextDecoder().decode((await reader.read()).value)).toContain('event: changed');
  await reader.cancel();
});
