import { describe, expect, test } from 'vitest';
import { searchTerms, similarities, suspectedFrom } from '../../src/gate/duplicates.ts';
import { labelledIssues } from './labelled-issues.ts';

/** Each issue against all others, as preflight compares it with what the index found. */
function pairs(): { score: number; same: boolean; titles: string }[] {
  return labelledIssues.flatMap((asked) => {
    const others = labelledIssues.filter((other) => other !== asked);
    return similarities(asked, others).map((score, at) => ({
      score,
      same: asked.group === others[at]!.group,
      titles: `${asked.title} | ${others[at]!.title}`,
    }));
  });
}

describe('labelled issues of one library', () => {
  test('two that ask for different things of one module stop no run', () => {
    const wrong = pairs().filter(({ score, same }) => !same && score >= suspectedFrom);
    expect(wrong).toEqual([]);
  });

  test('most of those that ask for the same in other words are found', () => {
    const same = pairs().filter((pair) => pair.same);
    const found = same.filter(({ score }) => score >= suspectedFrom);
    // Measured 12 of 18. Words alone cannot find the rest without stopping honest runs.
    expect(found.length / same.length).toBeGreaterThanOrEqual(0.65);
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
