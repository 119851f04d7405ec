import { describe, expect, test } from 'vitest';
import { searchTerms, similarities, suspectedFrom } from '../../src/gate/duplicates.ts';
import { type LabelledIssue, labelledIssues, otherIssues, unseenIssues } from './labelled-issues.ts';

/** Each issue against all others, as preflight compares it with what the index found. */
function pairsOf(issues: readonly LabelledIssue[]): { score: number; same: boolean; titles: string }[] {
  return issues.flatMap((asked) => {
    const others = issues.filter((other) => other !== asked);
    return similarities(asked, others).map((score, at) => ({
      score,
      same: asked.group === others[at]!.group,
      titles: `${asked.title} | ${others[at]!.title}`,
    }));
  });
}

const parallel = ['Sort the list by due date', 'Sort the list by priority'];
const akin = [
  'Compressed answers are not decoded',
  'gzip bodies are returned as raw bytes',
  'Support brotli',
];

describe.each([
  // Measured 18 of 18 and 10 of 10 on those that the threshold was chosen on, 6 of 10 on the others.
  ['of a library', labelledIssues, 1, []],
  ['of a command', otherIssues, 1, parallel],
  ['never seen before', unseenIssues, 0.6, akin],
] as const)('labelled issues %s', (_name, issues, recall, excused) => {
  const pairs = pairsOf(issues);

  test('that ask for different things stop no run, but for those that a person would compare as well', () => {
    const wrong = pairs.filter(({ score, same }) => !same && score >= suspectedFrom);
    const known = (titles: string) =>
      titles.split(' | ').every((title) => excused.some((each) => each === title));
    expect(wrong.map(({ titles }) => titles).filter((titles) => !known(titles))).toEqual([]);
    expect(wrong.length / pairs.length).toBeLessThan(0.02);
  });

  test('that ask for the same in other words are found', () => {
    const same = pairs.filter((pair) => pair.same);
    const found = same.filter(({ score }) => score >= suspectedFrom);
    expect(found.length / same.length).toBeGreaterThanOrEqual(recall);
  });
});

describe('an issue that was opened twice', () => {
  const [asked, ...others] = labelledIssues;

  test('is found, whatever else there is', () => {
    for (const issue of labelledIssues) {
      const scores = similarities(issue, [
        ...labelledIssues.filter((other) => other !== issue),
        { ...issue },
      ]);
      expect(scores.at(-1)).toBe(1);
    }
  });

  test('is found with another title, and when it is the only other issue', () => {
    const again = { title: 'Same problem again', body: asked!.body };
    expect(similarities(asked!, [again])[0]).toBeGreaterThan(0.4);
    expect(similarities(asked!, [{ ...asked! }])).toEqual([1]);
  });

  test('is found with other case, punctuation and spacing', () => {
    const shouted = { title: `  ${asked!.title.toUpperCase()}!!`, body: asked!.body.replaceAll(' ', '\n') };
    expect(similarities(asked!, [shouted, ...others])[0]).toBe(1);
  });
});

test('issues that share all words but the name of the function are different', () => {
  const missing = (name: string) => ({
    title: `There is no ${name}()`,
    body: `\`${name}([2, 3, 4])\` should return what its name says.`,
  });
  expect(similarities(missing('median'), [missing('product')])[0]).toBeLessThan(suspectedFrom);
  expect(similarities(missing('median'), [missing('median')])).toEqual([1]);
});

test('texts without words are like nothing', () => {
  expect(similarities({ title: '???', body: '' }, [{ title: 'Add slugify', body: 'x' }])).toEqual([0]);
  expect(similarities({ title: '', body: '' }, [])).toEqual([]);
  expect(searchTerms({ title: 'It is', body: 'not there' })).toEqual([]);
});

test('a search has at most 60 terms, those of the title first, without words that all texts have', () => {
  const body = Array.from({ length: 500 }, (_, at) => `word${at}`).join(' ');
  const terms = searchTerms({ title: 'The slugify function crashes', body });
  expect(terms).toHaveLength(60);
  expect(terms.slice(0, 3)).toEqual(['slugify', 'function', 'crashes']);
});

test('very long texts are compared in no time', () => {
  const long = { title: 'Log', body: 'a1 b2 c3 '.repeat(20_000) };
  const startedAt = performance.now();
  similarities(
    long,
    Array.from({ length: 30 }, () => long),
  );
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
