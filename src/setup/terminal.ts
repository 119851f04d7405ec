import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Conversation } from './setup-command.ts';

/** Talks on this terminal. Lines that were piped in are answers as well; when they end, every answer is empty. */
export function terminal(signal: AbortSignal): Conversation & Disposable {
  let muted = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!muted) process.stdout.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY === true });
  const arrived: string[] = [];
  let wanted: ((line: string) => void) | undefined;
  let ended = false;
  const give = (line: string) => {
    const take = wanted;
    wanted = undefined;
    if (take) take(line);
    else arrived.push(line);
  };
  lines.on('line', give);
  lines.on('close', () => {
    ended = true;
    wanted?.('');
  });
  return {
    tell: (words) => void process.stdout.write(`${words}\n`),
    async ask(question, { secret = false } = {}) {
      signal.throwIfAborted();
      process.stdout.write(question);
      muted = secret;
      try {
        const known = arrived.shift();
        if (known !== undefined) return known.trim();
        if (ended) return '';
        return (await new Promise<string>((resolve) => (wanted = resolve))).trim();
      } finally {
        muted = false;
        if (secret || process.stdin.isTTY !== true) process.stdout.write('\n');
      }
    },
    [Symbol.dispose]: () => lines.close(),
  };
}
