import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branchName, issueOfBranch } from '../../src/text/branch.ts';
import { commitMessage } from '../../src/text/commit-message.ts';
import { formatMarker } from '../../src/text/markers.ts';
import { sampleView } from './sample-view.ts';

test('markers tell runs and commits apart, and are one hidden line', () => {
  const markers = [
    formatMarker({ kind: 'sticky', issue: 1 }),
    formatMarker({ kind: 'sticky', issue: 12 }),
    formatMarker({ kind: 'report', issue: 1, run: 'a' }),
    formatMarker({ kind: 'report', issue: 1, run: 'b' }),
    formatMarker({ kind: 'escalation', issue: 1, run: 'a', head: 'c0ffee' }),
  ];
  expect(new Set(markers).size).toBe(markers.length);
  // Found by what a text begins with: none may be the beginning of another.
  for (const one of markers) expect(markers.filter((each) => each.startsWith(one))).toEqual([one]);
  for (const one of markers) expect(one).toMatch(/^<!-- auto-build:[^\n]* -->$/);
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
