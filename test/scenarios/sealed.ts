import { expect } from 'vitest';
import type { Hash } from '../../src/run/artifacts.ts';
import type { ArtifactKind } from '../../src/run/facts.ts';
import type { End } from './play.ts';

/**
 * That no builder saw a contract or a sealed test: by the hashes that were recorded for its calls and containers, by
 * the text that was recorded, and by the bytes that arrived at the model. Counts shingles in its own way, not in ours.
 */
export async function expectNothingSealedReachedTheBuilder(end: End): Promise<void> {
  const { world, run, facts } = end;
  const provenance = await world.store.provenance.list(run!.id);
  const secret = hashesOf(end, ['contracts', 'tests']);
  const calls = provenance.filter(({ kind, label }) => kind === 'model' && label === 'builder');
  const inPhase = provenance.filter(({ kind, phase }) => kind === 'container' && phase === 'build');
  const [containers, others] = [
    inPhase.filter(({ label }) => label.startsWith('builder ')),
    inPhase.filter(({ label }) => !label.startsWith('builder ')),
  ];
  const attempts = facts.filter((fact) => fact.fact === 'made' && fact.kind === 'patch').length;
  expect(secret.length).toBeGreaterThanOrEqual(2);
  expect(calls).toHaveLength(attempts);
  expect(containers).toHaveLength(attempts);
  for (const { exposed } of [...calls, ...containers]) {
    expect(exposed.length).toBeGreaterThanOrEqual(3);
    expect(exposed.filter((hash) => secret.includes(hash))).toEqual([]);
  }
  // The base's suite runs meanwhile, and sees the base alone.
  expect(others.flatMap(({ exposed }) => exposed)).toEqual([]);

  const sealed = await textsOf(end, ['contracts', 'tests']);
  const known = await textsOf(end, ['issue', 'interface']);
  const requests = world.model.journal().filter(({ role }) => role === 'builder');
  expect(requests.length).toBeGreaterThanOrEqual(attempts);
  const shown = [
    ...calls.map(({ text }) => text ?? ''),
    ...requests.flatMap(({ raw }) => assembledIn(JSON.parse(raw) as Request)),
  ];
  expect(shown.every((text) => text.length > 500)).toBe(true);
  for (const text of shown) expect(sharedRuns(text, sealed, known)).toEqual([]);

  // The check itself works: whoever is allowed to see contracts was shown them.
  const author = provenance.find(({ label }) => label === 'test-writer');
  expect(author?.exposed.some((hash) => secret.includes(hash))).toBe(true);
  expect(sharedRuns(author?.text ?? '', sealed, known)).not.toEqual([]);
}

interface Request {
  system: { text: string }[];
  messages: { content: string | { text?: string }[] }[];
}

/** What we put together: the system part and the first message. What follows the builder read or wrote itself. */
function assembledIn({ system, messages }: Request): string[] {
  const first = messages[0]?.content ?? '';
  const user = typeof first === 'string' ? first : first.map(({ text }) => text ?? '').join('\n');
  return [system.map(({ text }) => text).join('\n'), user];
}

function hashesOf({ facts }: End, kinds: ArtifactKind[]): Hash[] {
  const made = facts.flatMap((fact) =>
    fact.fact === 'made' && kinds.includes(fact.kind) ? [fact.hash] : [],
  );
  const issue = facts.flatMap((fact) => (fact.fact === 'saw' && fact.what === 'start' ? [fact.issue] : []));
  return kinds.includes('issue') ? [...issue, ...made] : made;
}

async function textsOf(end: End, kinds: ArtifactKind[]): Promise<string[]> {
  const artifacts = await Promise.all(hashesOf(end, kinds).map((hash) => end.world.store.artifact(hash)));
  return artifacts.flatMap((artifact) => leavesOf(artifact?.body));
}

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

function sharedRuns(text: string, sealed: readonly string[], known: readonly string[]): string[] {
  const exempt = new Set(known.flatMap(runsOfEight));
  const secret = new Set(sealed.flatMap(runsOfEight));
  return runsOfEight(text).filter((run) => secret.has(run) && !exempt.has(run));
}

function runsOfEight(text: string): string[] {
  const words = text.toLowerCase().match(/[a-zà-ÿ0-9]+/g) ?? [];
  return words.slice(0, Math.max(0, words.length - 7)).map((_, at) => words.slice(at, at + 8).join(' '));
}
