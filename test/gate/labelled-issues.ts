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

/** Of a program of another kind. */
export const otherIssues: readonly LabelledIssue[] = [
  issue(
    'csv',
    'Export the list as CSV',
    'I want to open my tasks in a spreadsheet. `todo export --format csv` should write one line per task with its title, due date and state.',
  ),
  issue(
    'csv',
    'CSV export for spreadsheets',
    'Please add an export of all tasks as CSV, with title, due date and state, so that I can open them in a spreadsheet.',
  ),
  issue(
    'json',
    'Add --json to the list command',
    'For scripts it would be handy if `todo list --json` printed an array of tasks instead of the table.',
  ),
  issue(
    'json',
    'Machine-readable output of todo list',
    'Parsing the table in scripts breaks all the time. `todo list` needs a --json flag that prints the tasks as an array.',
  ),
  issue(
    'dst',
    'Due dates are one hour off after the clocks change',
    'A task due at 09:00 shows 08:00 after daylight saving time ended. Dates must be kept in the local time zone.',
  ),
  issue(
    'dst',
    'Wrong due time since daylight saving time ended',
    'Since daylight saving time ended all my due dates are one hour early: 08:00 instead of 09:00.',
  ),
  issue(
    'empty-title',
    'todo add accepts an empty title',
    '`todo add ""` makes a task without a title. It should fail with exit code 2 and say why.',
  ),
  issue(
    'long-title',
    'todo add should cut very long titles in the table',
    'A title of 300 characters breaks the table of `todo list`. Cut it at 60 characters with an ellipsis.',
  ),
  issue(
    'done-missing',
    'todo done with an unknown number crashes',
    '`todo done 99` prints a stack trace when there is no task 99. It should say "no task 99" and exit with 1.',
  ),
  issue(
    'done-missing',
    'Stack trace when the task does not exist',
    'Running `todo done 42` with a number that does not exist gives a stack trace. Say that there is no such task and exit with 1.',
  ),
  issue(
    'undo',
    'Undo the last command',
    'I mark the wrong task as done quite often. `todo undo` should take back the last change.',
  ),
  issue(
    'sort',
    'Sort the list by due date',
    '`todo list --sort due` should show tasks that are due first at the top; tasks without a date come last.',
  ),
  issue(
    'sort-priority',
    'Sort the list by priority',
    '`todo list --sort priority` should show high before medium before low; tasks without one come last.',
  ),
  issue(
    'lock',
    'Two commands at the same time lose a task',
    'When a cron job and I run todo add at the same moment, one of the two tasks is gone. Lock the file while writing.',
  ),
  issue(
    'lock',
    'Tasks get lost when todo runs twice at once',
    'If two processes write at the same moment, one task is lost. The file should be locked while it is written.',
  ),
  issue('colour', 'Respect NO_COLOR', 'When NO_COLOR is set, the table must not use escape sequences.'),
  issue(
    'windows',
    'Installation fails on Windows',
    'npm install -g fails on Windows with EPERM because the post-install script is a shell script.',
  ),
  issue(
    'reminder',
    'Reminders by mail',
    'Send a mail in the morning with all tasks that are due on that day. SMTP settings come from the configuration file.',
  ),
];

/** The threshold was chosen on the two above; these it had never seen. */
export const unseenIssues: readonly LabelledIssue[] = [
  issue(
    'retry',
    'HTTP client gives up after the first timeout',
    'A request that times out is not tried again. I would like a `retries` option, default 3, with a pause that doubles.',
  ),
  issue(
    'retry',
    'Retry requests that time out',
    'Flaky networks: when a request times out the client should try again up to `retries` times with exponential backoff.',
  ),
  issue(
    'redirect',
    'Client follows redirects to another protocol',
    'GET https://a redirects to http://b and the client follows. Refuse redirects from https to http.',
  ),
  issue(
    'redirect-max',
    'Endless redirects hang the client',
    'Two URLs that redirect to each other make the client spin for ever. Stop after 20 redirects with an error.',
  ),
  issue(
    'redirect-max',
    'Redirect loop is never detected',
    'A redirect loop makes the request hang for ever, there should be an error after a maximum of 20 redirects.',
  ),
  issue(
    'gzip',
    'Compressed answers are not decoded',
    'With `content-encoding: gzip` the body comes back as bytes. It should be unzipped.',
  ),
  issue(
    'gzip',
    'gzip bodies are returned as raw bytes',
    'When the server sends content-encoding gzip I get raw bytes, the client should decode the body.',
  ),
  issue(
    'br',
    'Support brotli',
    'With `content-encoding: br` the body comes back as bytes. It should be decoded like gzip.',
  ),
  issue(
    'timeout',
    'timeout option is ignored for streaming answers',
    'The `timeout` option only covers the headers. A body that stalls hangs for ever; it should time out as well.',
  ),
  issue(
    'headers',
    'Header names should be case-insensitive',
    '`response.headers["Content-Type"]` is undefined because only lower case works.',
  ),
  issue(
    'headers',
    'Cannot read Content-Type header',
    'headers["Content-Type"] is undefined, only headers["content-type"] works. Header names are case-insensitive by the standard.',
  ),
  issue(
    'proxy',
    'Read HTTPS_PROXY from the environment',
    'Our company has a proxy. The client should use HTTPS_PROXY and NO_PROXY.',
  ),
  issue(
    'json',
    'post() should set the JSON content type',
    '`post(url, { json: {} })` sends no content-type header, servers answer 415.',
  ),
  issue(
    'json',
    'Missing content-type when posting JSON',
    'Posting with the json option sends no content-type, so the server replies 415. It should be application/json.',
  ),
  issue(
    'form',
    'post() should encode forms',
    '`post(url, { form: {} })` should send application/x-www-form-urlencoded.',
  ),
];
