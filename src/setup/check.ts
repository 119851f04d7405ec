/** One line of doctor: what was looked at, how it is, and what to do about it. */
export interface Check {
  name: string;
  level: 'ok' | 'warn' | 'fail';
  words: string;
  /** An imperative sentence; there is one for everything that is not ok. */
  next?: string;
}

export const ok = (name: string, words: string): Check => ({ name, level: 'ok', words });
export const warn = (name: string, words: string, next: string): Check => ({
  name,
  level: 'warn',
  words,
  next,
});
export const fail = (name: string, words: string, next: string): Check => ({
  name,
  level: 'fail',
  words,
  next,
});

/** Lines for a terminal. */
export function renderChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, level, words, next }) => {
    const indent = ' '.repeat(width + 8);
    const text = words.replaceAll('\n', `\n${indent}`);
    return `${level.padEnd(4)}  ${name.padEnd(width)}  ${text}${next ? `\n${indent}→ ${next}` : ''}`;
  });
  const failed = checks.filter(({ level }) => level === 'fail').length;
  const warned = checks.filter(({ level }) => level === 'warn').length;
  const sum =
    failed + warned === 0
      ? 'All is well.'
      : `${failed} to mend before it can work, ${warned} to think about.`;
  return `${lines.join('\n')}\n\n${sum}\n`;
}
