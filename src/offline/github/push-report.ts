import type { PushRefusal } from './push-rules.ts';

/** Rewrites what `git receive-pack` answered: refs that it moved, but GitHub refuses. */

interface Line {
  /** null is a flush. */
  readonly data: Buffer | null;
}

export function refuseInReport(body: Buffer, refused: ReadonlyMap<string, PushRefusal>): Buffer {
  if (refused.size === 0) return body;
  const lines = parse(body);
  const sideBand = lines.some(({ data }) => data !== null && data[0] === 1);
  if (!sideBand) return Buffer.concat(lines.map((line) => print(rewritten(line, refused))));
  const words = [...refused.values()].flatMap(({ remote }) => remote);
  const said = words.map((text) => ({ data: Buffer.from(`\u0002${text}\n`) }));
  const answered = lines.map((line) => {
    if (line.data === null || line.data[0] !== 1) return line;
    const report = parse(line.data.subarray(1)).map((inner) => print(rewritten(inner, refused)));
    return { data: Buffer.concat([Buffer.from([1]), ...report]) };
  });
  return Buffer.concat([...said, ...answered].map(print));
}

function rewritten(line: Line, refused: ReadonlyMap<string, PushRefusal>): Line {
  const ref = /^ok (.+?)\n?$/.exec(line.data?.toString() ?? '')?.[1];
  const refusal = ref === undefined ? undefined : refused.get(ref);
  return refusal ? { data: Buffer.from(`ng ${ref} ${refusal.reason}\n`) } : line;
}

/** Splits pkt-lines: four hexadecimal digits of length, their own included, then the data. */
function parse(bytes: Buffer): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = Number.parseInt(bytes.subarray(at, at + 4).toString(), 16);
    lines.push({ data: length < 4 ? null : bytes.subarray(at + 4, at + length) });
    at += Math.max(4, length);
  }
  return lines;
}

function print({ data }: Line): Buffer {
  if (data === null) return Buffer.from('0000');
  return Buffer.concat([Buffer.from((data.length + 4).toString(16).padStart(4, '0')), data]);
}
