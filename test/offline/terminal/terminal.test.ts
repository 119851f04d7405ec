import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Output, openTerminal } from '../../../src/offline/terminal/terminal.ts';
import { widthOf } from '../../../src/offline/terminal/text-width.ts';
import { sampleRun } from './sample-run.ts';

const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

function recorder(more: Partial<Output> = {}) {
  const writes: string[] = [];
  return { output: { write: (text: string) => writes.push(text), ...more }, text: () => writes.join('') };
}

/** What a screen shows in the end: plays the two control sequences that the writer uses. */
function screenOf(text: string): string {
  const lines: string[] = [''];
  for (const part of text.split(/(\u001b\[\d+A\u001b\[0J)/)) {
    const up = /^\u001b\[(\d+)A\u001b\[0J$/.exec(part);
    if (up) lines.splice(lines.length - 1 - Number(up[1]), Number.POSITIVE_INFINITY, '');
    else {
      const [first = '', ...rest] = stripVTControlCharacters(part).split('\n');
      lines[lines.length - 1] += first;
      lines.push(...rest);
    }
  }
  return lines.join('\n');
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 20, 9, 30, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

test('without a terminal: plain lines, no control codes, also from untrusted text', () => {
  const { output, text } = recorder();
  const terminal = openTerminal(output);
  for (const event of sampleRun()) terminal.watch(event);
  terminal.close();
  expect(text()).not.toMatch(control);
  expect(text()).toMatchInlineSnapshot(`
    "acme/tiny-text#1 Add slugify(text, options)
    run r-7f3a · sandbox docker: image built from this machine, no registry is in reach

      ✔ preflight         120 ms         feasible (92 of 100), @mona may start it
        → comment http://127.0.0.1:4100/acme/tiny-text/issues/1#issuecomment-5
      ✔ spec               1.4 s  $0.03  7 contracts, 3 tasks, no open questions
          spec-author (claude-sonnet-5-5) was shown issue, repository
      ✔ build              2.3 s  $0.04  5 files, +71 −2
          builder (claude-sonnet-5-5) was shown issue, interface, plan, repository
          $ npm test -- --round 1 (410 ms, exit code 1)
          $ npm test -- --round 2 (410 ms)
          $ npm test -- --round 3 (410 ms)
          $ npm test -- --round 4 (410 ms)
          … and 2 more commands
      ✖ acceptance         3.8 s         2 of 24 sealed tests are red in C4: expected the-quick, receiv…
        ↻ candidate 2: 2 sealed tests are red
      ✔ build (2)          1.9 s  $0.03  5 files, +78 −2
      ✔ acceptance (2)     4.1 s         7 of 7 contracts proven in 3 runs
      ✔ score              10 ms         .9689
          acceptance   7 of 7 contracts proven                                     .40 × 1.0000 =  .4000
          review       approved, 1 minor                                           .30 ×  .9500 =  .2850
          verification suite as on the base, types green, 18 of 21 mutants killed  .30 ×  .9571 =  .2871
          score        no cap applies                                                            .9721 → merge
      … waiting: required check ci is still running
      ✔ deliver           900 ms         merged as 4f1d2a6

    merged after 14.6 s: pull request #2 is merged and issue #1 closed
    "
  `);
});

test('in a terminal the screen ends up with the same lines', () => {
  const plain = recorder();
  const live = recorder({ isTTY: true, columns: 100, hasColors: () => true });
  for (const { output } of [plain, live]) {
    const terminal = openTerminal(output);
    for (const event of sampleRun()) {
      terminal.watch(event);
      vi.advanceTimersByTime(100);
    }
    terminal.close();
  }
  expect(live.text()).toContain('\u001b[32m');
  expect(screenOf(live.text())).toBe(plain.text());
});

test('in a terminal it shows what is going on and for how long', () => {
  const { output, text } = recorder({ isTTY: true, columns: 100, hasColors: () => false });
  const terminal = openTerminal(output);
  const [begin, started] = sampleRun();
  terminal.watch(begin!);
  terminal.watch(started!);
  vi.advanceTimersByTime(1_500);
  terminal.close();
  const frames = text().split(/\u001b\[1A\u001b\[0J/);
  expect(frames.at(-2)).toMatch(/^ {2}\S preflight {10}2\.4 s\n$/);
});

test('a terminal without colours gets none', () => {
  const { output, text } = recorder({ isTTY: true, columns: 100, hasColors: () => false });
  const terminal = openTerminal(output);
  for (const event of sampleRun()) terminal.watch(event);
  terminal.markdown('Comment', '**bold** and `code`');
  terminal.close();
  expect(text()).not.toMatch(/\u001b\[\d+m/);
});

test('keeps to the width of a narrow terminal', () => {
  const { output, text } = recorder({ isTTY: true, columns: 60, hasColors: () => true });
  const terminal = openTerminal(output);
  for (const event of sampleRun().filter((one) => one.kind !== 'scored' && one.kind !== 'ended'))
    terminal.watch(event);
  terminal.close();
  const widths = text()
    .replaceAll(/\u001b\[\d+A\u001b\[0J/g, '')
    .split('\n')
    .map(widthOf);
  expect(Math.max(...widths)).toBeLessThanOrEqual(60);
});

test('a command that ran more than once in other folders takes one line', () => {
  const { output, text } = recorder();
  const terminal = openTerminal(output);
  const at = Date.now();
  terminal.watch({ at, kind: 'phase-started', phase: 'suite', attempt: 1 });
  for (const folder of ['a', 'b', 'c']) {
    const command = `node --test --test-reporter=/tmp/${folder}/reporter.mjs`;
    terminal.watch({ at, kind: 'command-ran', phase: 'suite', command, exitCode: 0, ms: 400 });
  }
  terminal.watch({
    at,
    kind: 'phase-ended',
    phase: 'suite',
    attempt: 1,
    ms: 1300,
    usd: 0,
    result: 'pass',
    words: '',
  });
  terminal.close();
  expect(text()).toBe(
    '  ✔ suite              1.3 s\n      $ node --test --test-reporter=…/reporter.mjs (3 times, 1.2 s)\n',
  );
});
