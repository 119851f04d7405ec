import type { IssueWords } from '../../src/gate/duplicates.ts';

/** Issues of one small library, as people write them. Those of one group ask for the same thing. */
export interface LabelledIssue extends IssueWords {
  group: string;
}

const issue = (group: string, title: string, body: string): LabelledIssue => ({ group, title, body });

export const labelledIssues: readonly LabelledIssue[] = [
  issue(
    'slug-empty',
    'slugify returns an empty string for punctuation',
    "`slugify('!!!')` gives `''`. We ended up with a page at /articles/. It should throw a RangeError when nothing is left.",
  ),
  issue(
    'slug-empty',
    'Empty slug when the title is only punctuation',
    "When the title has only punctuation, e.g. `slugify('???')`, the result is an empty slug. I would expect a RangeError because nothing is left.",
  ),
  issue(
    'slug-empty',
    'slugify should throw when nothing is left',
    "slugify('...') returns an empty string. Please throw a RangeError instead, nothing good comes of an empty slug.",
  ),
  issue(
    'slug-max',
    'Add a maxLength option to slugify',
    'Our database column has 80 characters. `slugify(text, { maxLength: 80 })` should cut at a whole word so the slug fits.',
  ),
  issue(
    'slug-max',
    'slugify: limit the length of the slug',
    'It would be good to limit the length: an option `maxLength` that cuts slugify output at a whole word.',
  ),
  issue(
    'slug-separator',
    'Add a separator option to slugify',
    "`slugify(text, { separator: '_' })` should join words with an underscore instead of a hyphen.",
  ),
  issue(
    'slug-separator',
    'Allow another separator than a hyphen in slugify',
    'We need underscores: let slugify take an option `separator` and join the words with it.',
  ),
  issue(
    'slug-greek',
    'slugify drops Greek letters',
    '`slugify("Αθήνα")` returns an empty string. It should transliterate Greek, so that we get `athina`.',
  ),
  issue(
    'slug-german',
    'slugify turns ß into s',
    '`slugify("Straße")` is `strase`. In German ß is written ss, so it should be `strasse`.',
  ),
  issue(
    'slug-german',
    'German sharp s becomes a single s in slugs',
    'In slugify "Straße" becomes "strase", but German ß must be written as ss: "strasse".',
  ),
  issue(
    'truncate-emoji',
    'truncate cuts emoji in half',
    '`truncate("👨‍👩‍👧 family", 2)` leaves a broken character. It should count grapheme clusters.',
  ),
  issue(
    'truncate-emoji',
    'Broken characters after truncate when the text has emoji',
    'If truncate hits an emoji, it is cut in half and a broken character is left. Count grapheme clusters instead of code units.',
  ),
  issue(
    'truncate-word',
    'truncate should not cut inside a word',
    'Add an option `{ words: true }` to truncate, so that it stops at the last whole word before the limit.',
  ),
  issue(
    'truncate-ellipsis',
    'Let callers choose the ellipsis of truncate',
    'truncate always adds `…`. An option `ellipsis` (a string, default `…`) would help in plain-text mails, where we want `...`.',
  ),
  issue(
    'truncate-negative',
    'truncate with a negative limit returns the whole text',
    '`truncate("abc", -1)` returns "abc". A negative limit should throw a RangeError.',
  ),
  issue(
    'title-small',
    'titleCase capitalises small words',
    '`titleCase("the lord of the rings")` gives "The Lord Of The Rings". Small words such as of and the should stay lower case unless they come first.',
  ),
  issue(
    'title-small',
    'Keep small words in lower case in titleCase',
    'titleCase writes "Of" and "The" with capitals. Small words (of, the, and) should stay lower case, except the first word.',
  ),
  issue(
    'title-acronym',
    'titleCase destroys acronyms',
    '`titleCase("NASA and ESA")` returns "Nasa And Esa". Words that are all capitals should be left alone.',
  ),
  issue(
    'title-apostrophe',
    'titleCase capitalises after an apostrophe',
    '`titleCase("don\'t")` gives "Don\'T". A letter after an apostrophe is not the start of a word.',
  ),
  issue(
    'words-hyphen',
    'words() splits at hyphens',
    '`words("well-known fact")` returns three words. A hyphen between letters should not split.',
  ),
  issue(
    'words-number',
    'words() loses numbers with decimals',
    '`words("pi is 3.14")` returns ["pi", "is", "3", "14"]. A decimal number is one word.',
  ),
  issue(
    'ascii-polish',
    'toAscii does not know the Polish ł',
    '`toAscii("Łódź")` gives "?odz". The letters ł and Ł should become l and L.',
  ),
  issue(
    'ascii-turkish',
    'toAscii does not know the Turkish ı',
    '`toAscii("ışık")` leaves the dotless ı in place. It should become i.',
  ),
  issue(
    'docs-readme',
    'README example for truncate is wrong',
    'The README says `truncate("Hello World", 5)` is "Hello", the function returns "Hell…".',
  ),
  issue(
    'types',
    'Ship TypeScript declarations',
    'There are no types in the package. Please ship `index.d.ts` with declarations for slugify, truncate, titleCase, words and toAscii.',
  ),
  issue(
    'types',
    'No TypeScript types in the package',
    'Importing the package in TypeScript fails because there are no declarations. Please ship an index.d.ts with types.',
  ),
  issue(
    'cjs',
    'require() of the package fails',
    '`require("tiny-text")` throws ERR_REQUIRE_ESM in our CommonJS project. A CommonJS build would help.',
  ),
  issue(
    'perf',
    'slugify is slow on long texts',
    'A text of 1 MB takes 12 s in slugify, because a regular expression is made for each character. It should be linear.',
  ),
  issue(
    'lint',
    'Run the linter in CI',
    'The lint script is never run by the workflow, so style errors get into main. Add a step to CI that runs npm run lint.',
  ),
  issue(
    'node-24',
    'Test on Node 24 in CI',
    'The workflow tests Node 20 and 22 only. Add Node 24 to the matrix.',
  ),
];
