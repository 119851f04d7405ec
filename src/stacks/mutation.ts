import type { Mutant } from './stack.ts';
import { applyEdits, draw, type Edit, type Node } from './syntax.ts';

/** One small change of behaviour, at its place. */
export interface Mutation extends Edit {
  line: number;
  column: number;
  description: string;
}

/** What mutants are asked for: of the changed lines (1-based) of one file, at most `max`. */
export interface MutantRequest {
  path: string;
  source: string;
  changedLines: ReadonlySet<number>;
  max: number;
  salt: string;
}

/** Another text in place of a node. */
export function replaced(target: Node, text: string): Mutation {
  return {
    start: target.startIndex,
    end: target.endIndex,
    text,
    line: target.startPosition.row + 1,
    column: target.startPosition.column + 1,
    description: `${shorten(target.text)} → ${shorten(text) || 'nothing'}`,
  };
}

/** A choice of the mutations as whole files, the same ones for the same input, spread over the lines. */
export function chooseMutants(request: MutantRequest, mutations: readonly Mutation[]): Mutant[] {
  const { path, source, changedLines, max, salt } = request;
  const found = mutations.filter((mutation) => changedLines.has(mutation.line));
  const perLine = Map.groupBy(found, (mutation) => mutation.line);
  const ranked = [...perLine.values()].flatMap((onLine) =>
    onLine
      .map((mutation, index) => ({ mutation, rank: draw(salt, path, mutation.start, index) }))
      .toSorted((a, b) => a.rank - b.rank)
      // One of each line before the second of any.
      .map(({ mutation, rank }, nth) => ({ mutation, nth, rank })),
  );
  return ranked
    .toSorted((a, b) => a.nth - b.nth || a.rank - b.rank)
    .slice(0, max)
    .map(({ mutation }) => mutation)
    .toSorted((a, b) => a.start - b.start || a.end - b.end)
    .map((mutation, index) => ({
      id: `${path}:${mutation.line}:${mutation.column}:${index + 1}`,
      path,
      line: mutation.line,
      description: mutation.description,
      content: applyEdits(source, [mutation]),
    }));
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
