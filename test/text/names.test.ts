import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branchName, issueOfBranch } from '../../src/text/branch.ts';
import { commitMessage } from '../../src/text/commit-message.ts';
import { formatMarker, type Marker, parseMarker } from '../../src/text/markers.ts';
import { sampleView } from './sample-view.ts';

describe('markers', () => {
  const marker: fc.Arbitrary<Marker> = fc.oneof(
    fc.record({
      kind: fc.constantFrom('sticky' as const, 'pull-request' as const),
      issue: fc.integer({ min: 1 }),
    }),
    fc.record({
      kind: fc.constant('report' as const),
      issue: fc.integer({ min: 1 }),
      run: fc.stringMatching(/^[\w-]{1,40}$/),
    }),
  );

  test('are read as they were written, with whatever follows', () => {
    fc.assert(
      fc.property(marker, fc.string(), (wanted, rest) => {
        expect(parseMarker(`${formatMarker(wanted)}\n${rest}`)).toEqual(wanted);
      }),
    );
  });

  test.each([
    '',
    'text first <!-- auto-build:sticky issue=1 -->',
    '<!-- auto-build:sticky issue=0 -->',
    '<!-- auto-build:report issue=1 -->',
    '<!-- auto-build:sticky issue=1 run=r -->',
    '<!-- auto-build:other issue=1 -->',
  ])('%j is none', (text) => {
    expect(parseMarker(text)).toBeUndefined();
  });
});

describe('branches', () => {
  test.each([
    [1, 'Add slugify(text, options)', 'auto-build/1-add-slugify-text-options'],
    [2, 'Crème brûlée doesn’t work!', 'auto-build/2-creme-brulee-doesnt-work'],
    [3, '日本語', 'auto-build/3'],
    [4, `${'word '.repeat(20)}`, 'auto-build/4-word-word-word-word-word-word-word-word'],
    [5, 'x'.repeat(100), `auto-build/5-${'x'.repeat(40)}`],
  ])('issue %i "%s"', (issue, title, name) => {
    expect(branchName(issue, title)).toBe(name);
  });

  test('every title gives a ref that git takes and that leads back to its issue', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.string({ unit: 'binary' }), (issue, title) => {
        const name = branchName(issue, title);
        expect(name).toMatch(/^auto-build\/\d+(-[a-z0-9]+)*$/);
        expect(issueOfBranch(name)).toBe(issue);
      }),
    );
  });

  test.each(['main', 'auto-build/', 'auto-build/0-x', 'auto-build/1-X', 'x/auto-build/1'])(
    '%s is not ours',
    (name) => {
      expect(issueOfBranch(name)).toBeUndefined();
    },
  );
});

describe('the commit type', () => {
  const titled = (title: string, ...paths: string[]) => {
    const { issue, patch, ...view } = sampleView();
    const files = paths.map((path) => ({ ...patch!.files[0]!, path }));
    return commitMessage({ ...view, issue: { ...issue, title }, patch: { ...patch!, files } }).title;
  };
  test.each([
    ['feat: add slugify', titled('Add slugify', 'src/slugify.js', 'test/slugify.test.js')],
    ['fix: truncate crashes on emoji', titled('Truncate crashes on emoji', 'src/truncate.js')],
    ['docs: explain maxLength', titled('Explain maxLength', 'README.md', 'docs/a.html')],
    ['test: cover titleCase', titled('Cover titleCase', 'test/title-case.test.js')],
    ['feat: URLs for all', titled('URLs for all', 'src/a.js')],
  ])('%s', (wanted, title) => {
    expect(title).toBe(wanted);
  });
});
