/**
 * Do two issues ask for the same? Words only, decided by program; a person has the last word, nothing is ever closed
 * on a score alone. The full-text index of the store proposes, this decides, so both databases answer the same.
 */
export interface IssueWords {
  title: string;
  body: string;
}

/** From here on a run waits for a person: chosen on labelled pairs, measured on others (test/gate/duplicates.test.ts). */
export const suspectedFrom = 0.33;

/** "There is no median()" and "There is no product()" share all words but the one that matters. */
const otherCode = 0.3;

/** Longer texts repeat themselves, and a log of a thousand lines says nothing about what is asked for. */
const maxBody = 8_000;
/** Terms of one search: more make it slower and no better (measured). */
const maxTerms = 60;

/**
 * How much each candidate asks for what the issue asks for, from 0 to 1; 1: the same text.
 * Words that most of the candidates have (they were all found by the same words) count little: two issues about one
 * module share its name, two issues about one thing share the rare words as well.
 */
export function similarities(issue: IssueWords, candidates: readonly IssueWords[]): number[] {
  const asked = read(issue);
  const others = candidates.map(read);
  const weigh = weightsOf([asked, ...others]);
  return others.map((candidate) => {
    if (candidate.same === asked.same) return 1;
    const title = overlap(asked.title, candidate.title, weigh);
    const all = overlap(asked.all, candidate.all, weigh);
    const pairs = overlap(asked.pairs, candidate.pairs, () => 1);
    const short = asked.body === 0 || candidate.body === 0;
    // Without a text below it the title is all that there is to compare.
    // With one, titles that are built alike ("Sort the list by …") would speak louder than what is asked for.
    const words = short ? title : 0.7 * all + 0.3 * pairs;
    return Math.min(1, words * (speakOfOtherCode(asked, candidate) ? otherCode : 1));
  });
}

/** The terms to search an index for, the rarer kinds of word first; at most 60. */
export function searchTerms({ title, body }: IssueWords): string[] {
  const terms = new Set<string>();
  for (const word of [...wordsOf(title), ...wordsOf(body.slice(0, maxBody))]) {
    if (terms.size >= maxTerms) break;
    if (!common.has(word)) terms.add(word);
  }
  return [...terms];
}

interface Read {
  same: string;
  title: ReadonlySet<string>;
  all: ReadonlySet<string>;
  pairs: ReadonlySet<string>;
  body: number;
  /** Functions, in the words of their calls. */
  calls: ReadonlySet<string>;
}

function read({ title, body }: IssueWords): Read {
  const inTitle = termsOf(title);
  const inBody = termsOf(body.slice(0, maxBody));
  const all = [...inTitle, ...inBody];
  const pairs = [...pairsOf(inTitle), ...pairsOf(inBody)];
  return {
    same: [...wordsOf(title), '|', ...wordsOf(body)].join(' '),
    title: new Set(inTitle),
    all: new Set(all),
    pairs: new Set(pairs),
    body: inBody.length,
    calls: callsIn(`${title}\n${body.slice(0, maxBody)}`),
  };
}

function callsIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/([\p{L}_$][\w$]{1,60})\(/gu)].map(([, name]) => name!.toLowerCase()));
}

function speakOfOtherCode(a: Read, b: Read): boolean {
  return a.calls.size > 0 && b.calls.size > 0 && ![...a.calls].some((name) => b.calls.has(name));
}

function pairsOf(terms: readonly string[]): string[] {
  return terms.slice(1).map((term, at) => `${terms[at]} ${term}`);
}

/** Rare among those that were compared: 1 and more; in all of them: little. */
function weightsOf(texts: readonly Read[]): (term: string) => number {
  const seen = new Map<string, number>();
  for (const { all } of texts) for (const term of all) seen.set(term, (seen.get(term) ?? 0) + 1);
  return (term) => Math.log(1 + texts.length / (seen.get(term) ?? 1));
}

/** Weighted Dice coefficient. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>, weigh: (term: string) => number): number {
  const sum = (terms: Iterable<string>) => [...terms].reduce((total, term) => total + weigh(term), 0);
  const whole = sum(a) + sum(b);
  return whole === 0 ? 0 : (2 * sum([...a].filter((term) => b.has(term)))) / whole;
}

function termsOf(text: string): string[] {
  return wordsOf(text)
    .filter((word) => !common.has(word))
    .map(stem);
}

/** Words and numbers, in lower case and without accents; `camelCase` is one word and its parts are others. */
function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKD')
      .replaceAll(/\p{M}+/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}_]{2,40}|\d/gu) ?? []
  );
}

/** Endings only, enough for "crashes" to meet "crash"; the index has a real stemmer for finding. */
function stem(word: string): string {
  if (word.length < 5) return word.replace(/(?<=[^s])s$/, '');
  return word
    .replace(/(?:ies|ied)$/, 'y')
    .replace(/(?:ing|edly|ed|ly|ment|es|s|e)$/, '')
    .replace(/([^aeiouls])\1$/, '$1');
}

const common = new Set(
  `a about above after again all also an and any are as at be because been before being below but by can cannot could
did do does doing don down each else etc few for from further get gets got had has have having he her here hers him his
how however if in into is isn it its itself just ll like may me might more most must my need needs no nor not now of off
on once one only or other our ours out over own per please re same seem seems shall she should so some still such than
thank thanks that the their them then there these they thing this those through to too try trying under until up us use
used uses using ve very via want wants was way we were what when where which while who why will with without would yes
yet you your bug feature request issue problem report version expected actual behavior behaviour steps reproduce
reproduction description environment hi hello currently instead case new make add`.split(/\s+/),
);
