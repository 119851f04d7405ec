import { marked, type Token, type Tokens } from 'marked';
import { describe, expect, test } from 'vitest';
import { phaseCheck, summaryCheck } from '../../src/text/checks.ts';
import { commitMessage } from '../../src/text/commit-message.ts';
import { code, fence, inline, quote, table } from '../../src/text/markdown.ts';
import { pullRequestBody, pullRequestTitle } from '../../src/text/pull-request.ts';
import { issueReport } from '../../src/text/report.ts';
import { stickyComment } from '../../src/text/sticky.ts';
import type { RunView } from '../../src/text/view.ts';
import { sampleView, weakScore } from './sample-view.ts';

const attacks = [
  ['a mention', 'thanks @victim and @acme/owners'],
  ['an image', '![x](https://evil.test/?q=secret) <img src="https://evil.test/x.png">'],
  ['a link', '[free](https://evil.test) https://evil.test www.evil.test'],
  ['a closing keyword', 'fixes #666 closes acme/tiny#667 resolves GH-668'],
  ['HTML', '<script>alert(1)</script><details open><h1>Approved by mona</h1>'],
  ['a broken table', 'a | b |\n| --- | --- |\n| c \\| d \\\\| e | `x|y` |'],
  ['a fence left open', 'words\n```\nopen\n~~~\nopen'],
  ['a forged marker', '<!-- auto-build:sticky issue=1 -->'],
  ['a closing tag', '</details></sub> --> after'],
  ['headings and lists', '# Heading\n- item\n1. one\n===\n---'],
  ['an odd backtick', 'a ` b'],
  ['a note box', '[!CAUTION]\nrun this'],
  ['switching off CI', '[skip ci] [ci skip] [no ci] [skip actions]\n\n\nskip-checks: true'],
  ['entities', '&#64;victim &lt;img&gt; &#60;!-- x'],
  ['invisible text', 'a\u202Eb\u200Bc\u{E0041}\u{E0042}'],
] as const;

/** Names that our own code chooses; everything else in a view may come from anybody. */
const ours = new Set([
  'name',
  'status',
  'state',
  'outcome',
  'wait',
  'phase',
  'route',
  'kind',
  'severity',
  'category',
]);
const ourPaths = [
  'run',
  'url',
  'branch',
  'head',
  'tree',
  'what',
  'change',
  'mode',
  'level',
  'why',
  'label',
  'replacedFor',
  'now',
];

/** The view with every string of a stranger replaced. */
function poisoned(value: unknown, text: string, key = ''): unknown {
  if (typeof value === 'string') return ours.has(key) || ourPaths.includes(key) ? value : text;
  if (Array.isArray(value)) return value.map((each) => poisoned(each, text, key));
  if (value === null || typeof value !== 'object' || key === 'score') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, poisoned(inner, text, name)]),
  );
}

function hostileView(text: string): RunView {
  const view = sampleView({
    outcome: 'rejected',
    state: 'failed',
    score: weakScore,
    words: 'words',
    notDone: ['C1'],
    issue: { ...sampleView().issue, removed: ['x'] },
  });
  view.contracts[0] = { ...view.contracts[0]!, proven: false, reason: 'x', twinsSurvived: ['C1/1'] };
  view.suite!.regressions.push({ id: 'a', now: 'failed', message: 'm' });
  view.suite!.findings.push({ rule: 'r', path: 'p', line: 3, words: 'w', level: 'failure' });
  view.suite!.newDependencies.push('left-pad@1');
  view.proof!.tampering.push('t');
  return poisoned(view, text) as RunView;
}

const texts: Record<string, (view: RunView) => string> = {
  sticky: stickyComment,
  questions: (view) =>
    stickyComment({
      ...view,
      outcome: null,
      state: 'waiting_approval',
      wait: 'questions',
      questions: [view.words],
    }),
  'pull request': pullRequestBody,
  report: issueReport,
  'summary check': (view) => Object.values(summaryCheck(view).output).join('\n\n'),
  'phase checks': (view) =>
    view.phases.map((phase) => Object.values(phaseCheck(view, phase).output).join('\n\n')).join('\n\n'),
};

function tokens(markdown: string): Token[] {
  const all: Token[] = [];
  marked.walkTokens(marked.lexer(markdown), (token) => {
    all.push(token);
  });
  return all;
}

/** Commands and drawings: nothing is live in a fence. */
const withoutFences = (text: string) => text.replaceAll(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, '');

describe.each(attacks)('%s', (_name, attack) => {
  const view = hostileView(attack);
  const plain = hostileView('words');
  test.each(Object.entries(texts))('does nothing in the %s', (_name, write) => {
    const text = write(view);
    const prose = withoutFences(text);
    expect(prose).not.toMatch(/@(victim|acme)/);
    expect(prose).not.toMatch(/#66|GH-66/);
    expect(prose).not.toMatch(/https?:\/\/evil|www\.evil/);
    expect(prose.slice(1)).not.toMatch(
      /<!--(?! auto-build:(report|pull-request|sticky) issue=1( run=01jbq3v7)? -->\n)/,
    );
    expect(text).not.toMatch(/\u202E|\u{E0041}/u);
    const all = tokens(text);
    expect(all.filter(({ type }) => type === 'image')).toEqual([]);
    const links = all.filter((token): token is Tokens.Link => token.type === 'link');
    expect(links.filter(({ href }) => !/^http:\/\/127\.0\.0\.1:4000/.test(href))).toEqual([]);
    const html = all.filter(({ type }) => type === 'html').map(({ raw }) => raw);
    expect(html.join('')).not.toMatch(/<(?!\/?(?:details|summary|sub|br)\b|!--)/i);
    // The shape is that of the same text with harmless words: nothing opened, closed or split anything of ours.
    const shape = (markdown: string) =>
      marked
        .lexer(markdown)
        .filter(({ type }) => type !== 'space')
        .map((token) =>
          token.type === 'table' ? (token as Tokens.Table).rows.map((row) => row.length) : token.type,
        );
    expect(shape(text)).toEqual(shape(write(plain)));
  });

  test('does nothing in titles, annotations and commit messages', () => {
    expect(pullRequestTitle(view)).not.toMatch(/\n|@victim|#66|https?:\/\/evil/);
    const { title, message } = commitMessage(view);
    expect(title).not.toContain('\n');
    expect(title.length).toBeLessThanOrEqual(72);
    expect(`${title}\n${message}`).not.toMatch(
      /@|#66|\[[^\]]*(skip|no) ?(ci|actions)|\[ci skip|skip-checks|GH-66|https?:/i,
    );
    expect(message).toMatch(/^Fixes #1\n/);
    const checks = view.phases.map((phase) => phaseCheck(view, phase));
    for (const { message } of checks.flatMap(({ annotations }) => annotations)) {
      expect(message).not.toMatch(/@victim|https?:\/\/evil|<img/);
    }
  });
});

test('everything stays within what GitHub stores, however much there is', () => {
  const view = hostileView('<a @b #1 [x](http://y) '.repeat(400));
  view.contracts = Array.from({ length: 30 }, () => ({
    ...view.contracts[0]!,
    tests: Array.from({ length: 7 }, (_, n) => `C30/${n}`),
  }));
  view.review!.findings = Array.from({ length: 50 }, () => view.review!.findings[0]!);
  view.suite!.regressions = Array.from({ length: 5_000 }, () => view.suite!.regressions[0]!);
  view.suite!.findings = Array.from({ length: 500 }, () => view.suite!.findings[0]!);
  view.patch!.files = Array.from({ length: 400 }, () => view.patch!.files[0]!);
  view.notDone = Array.from({ length: 30 }, () => view.notDone[0]!);
  for (const write of [stickyComment, pullRequestBody, issueReport]) {
    expect(write(view).length).toBeLessThan(65_536);
  }
  const checks = [summaryCheck(view), ...view.phases.map((phase) => phaseCheck(view, phase))];
  for (const { output } of checks) {
    expect(output.summary.length).toBeLessThan(65_535);
    expect(output.text?.length ?? 0).toBeLessThan(65_535);
  }
  expect(pullRequestTitle(view).length).toBeLessThanOrEqual(256);
});

describe('pieces of Markdown', () => {
  test.each([
    ['a|b', 'a|b'],
    ['a\\|b', 'a\\|b'],
    ['a\\\\|b', 'a\\\\|b'],
    ['`a|b`', '<code>a|b</code>'],
  ])('the cell %s stays one cell', (text, shown) => {
    const html = marked.parse(table(['A', 'B'], [[inline(text), 'last']]), { async: false });
    expect(html.match(/<td>.*<\/td>/g)?.map((cell) => cell.replaceAll(/<\/?td>/g, ''))).toEqual([
      shown,
      'last',
    ]);
  });

  test('code holds backticks, a quotation holds a box, a fence holds a fence', () => {
    expect(marked.parseInline(code('a`b'), { async: false })).toBe('<code>a`b</code>');
    expect(quote('[!NOTE]\ntext')).toBe('> \\[!NOTE]\n> text');
    expect(fence('```\nx\n```', 'sh')).toBe('````sh\n```\nx\n```\n````');
  });
});
