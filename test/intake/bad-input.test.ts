import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fieldsThatMatter } from '../../src/intake/fields.ts';
import type { IntakeOptions } from '../../src/intake/intake.ts';
import { parseEvent } from '../../src/intake/parse-event.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { githubExamples } from './github-examples.ts';
import { labeledPayload } from './payloads.ts';
import { deliver, serveIntake, type WebhookServer } from './webhook-server.ts';

let store: Store;
let server: WebhookServer;
beforeEach(async () => {
  store = await openStore({ path: ':memory:' });
});
afterEach(async () => {
  await server.close();
  await store.close();
});
const serve = async (options: Partial<IntakeOptions> = {}) => {
  server = await serveIntake({ store, ...options });
};
const examples = githubExamples.flatMap(({ name, examples: payloads }) =>
  payloads.map((payload) => ({ name, payload })),
);
const inInstallation = (payload: object) => ({ installation: { id: 5 }, ...payload });

test("every one of GitHub's own examples is answered, and what is kept of it is read the same", async () => {
  const read = new Map<string, unknown>();
  await serve({
    receive: async ({ id, name, payload }) => void read.set(id, parseEvent(name, payload)),
  });
  server.intake.start();
  const acted: [string, unknown][] = [];
  for (const [index, { name, payload }] of examples.entries()) {
    const id = `d-${index}`;
    const sent = inInstallation(payload);
    const answer = await deliver(server.url, name, sent, { 'x-github-delivery': id });
    expect(answer.status).toBe(202);
    if (answer.words === 'Accepted.\n') acted.push([id, parseEvent(name, sent)]);
  }
  await server.intake.idle();
  expect(acted.length).toBeGreaterThan(30);
  for (const [id, event] of acted) expect(read.get(id), id).toEqual(event);
  expect(server.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
});

test('without an installation: answered, not acted on, one line in the log', async () => {
  await serve();
  const { installation: _, ...payload } = labeledPayload();
  expect(await deliver(server.url, 'issues', payload)).toEqual({ status: 202, words: 'Ignored.\n' });
  expect(server.lines).toMatchObject([
    { level: 'warn', words: expect.stringContaining('without an installation') },
  ]);
});

describe("at GitHub's limit of 25 MB", () => {
  test('a body that is larger is not read: 413, one line in the log', async () => {
    await serve();
    const answer = await deliver(server.url, 'issues', Buffer.alloc(25 * 1024 * 1024 + 1, 0x20));
    expect(answer).toEqual({ status: 413, words: 'The body is larger than GitHub would send.\n' });
    expect(server.lines).toHaveLength(1);
    expect(await deliver(server.url, 'issues', labeledPayload())).toMatchObject({ status: 202 });
  });

  test('a body that is not is taken, and what nobody reads of it is not kept', async () => {
    await serve();
    const large = { ...labeledPayload(), enterprise: 'x'.repeat(25 * 1024 * 1024 - 2_000) };
    expect(await deliver(server.url, 'issues', large, { 'x-github-delivery': 'd-1' })).toEqual({
      status: 202,
      words: 'Accepted.\n',
    });
    expect((await store.deliveries.payload('d-1'))?.length).toBeLessThan(2_000);
  });
});

/** An example of GitHub's in which something is missing, or something else. */
const spoiled = fc
  .record({ example: fc.constantFrom(...examples), at: fc.nat(), by: fc.jsonValue(), removed: fc.boolean() })
  .map(({ example: { name, payload }, at, by, removed }) => {
    const copy = structuredClone(inInstallation(payload)) as object;
    const places = placesIn(copy);
    const [parent, key] = places[at % places.length]!;
    if (removed) delete parent[key];
    else parent[key] = by;
    return { name, payload: copy };
  });

function placesIn(value: object): [Record<string, unknown>, string][] {
  return Object.entries(value).flatMap(([key, part]) => [
    [value as Record<string, unknown>, key] as [Record<string, unknown>, string],
    ...(typeof part === 'object' && part !== null ? placesIn(part) : []),
  ]);
}

test('a payload that is spoiled anywhere is answered, at most one line in the log, and kept without a loss', async () => {
  await serve();
  await fc.assert(
    fc.asyncProperty(spoiled, async ({ name, payload }) => {
      server.lines.length = 0;
      expect(await deliver(server.url, name, payload)).toMatchObject({ status: 202 });
      expect(server.lines.length).toBeLessThanOrEqual(1);
      expect(server.lines.filter(({ level }) => level === 'error')).toEqual([]);
      const whole = parseEvent(name, payload);
      expect('ignored' in whole || parseEvent(name, fieldsThatMatter(payload))).toEqual(
        'ignored' in whole || whole,
      );
    }),
    { numRuns: 300 },
  );
});

test('whatever is sent gets exactly one answer, and the server lives', async () => {
  await serve({ maxBytes: 4096 });
  const header = fc.option(fc.stringMatching(/^[ -~]{0,30}$/), { nil: undefined });
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 6000 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(body, header, header, fc.boolean(), async (bytes, name, type, signed) => {
      server.lines.length = 0;
      const { status } = await deliver(server.url, 'issues', bytes, {
        ...(signed ? {} : { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }),
        ...(name === undefined ? {} : { 'x-github-event': name }),
        ...(type === undefined ? {} : { 'content-type': type }),
      });
      expect([202, 400, 401, 413, 415]).toContain(status);
      if (!signed) expect(status).not.toBe(202);
      expect(server.lines).toHaveLength(1);
      expect(server.lines[0]?.level).not.toBe('error');
    }),
    { numRuns: 150 },
  );
  expect(await deliver(server.url, 'issues', labeledPayload())).toMatchObject({ status: 202 });
});
