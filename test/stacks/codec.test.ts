import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CannotCross, decode, encode, type Wire } from '../../src/stacks/node/runtime/codec.ts';

/** There and back through JSON, as between the processes. */
const cross = (value: unknown) => decode(JSON.parse(JSON.stringify(encode(value, 'it'))) as Wire);

test('whatever is data comes back the same', () => {
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
        withNullPrototype: true,
      }),
      (value) => {
        expect(cross(value)).toStrictEqual(value);
      },
    ),
    { numRuns: 200 },
  );
});

test.each([
  ['a regular expression', /a+/giu],
  ['an invalid date', new Date(Number.NaN)],
  ['a registered symbol', Symbol.for('kind')],
  ['a buffer', Buffer.from('ü')],
  ['a URL', new URL('https://example.org/a?b=c')],
  ['a key named __proto__', JSON.parse('{"__proto__":{"admin":true}}')],
])('%s', (_name, value) => {
  expect(cross(value)).toStrictEqual(value);
});

test('cycles and shared references keep their shape', () => {
  const shared = { n: 1 };
  const value: Record<string, unknown> = { a: shared, b: shared };
  value.self = value;
  const back = cross(value) as typeof value;
  expect(back.self).toBe(back);
  expect(back.a).toBe(back.b);
});

test('errors keep class, name, message, cause and data', () => {
  class Mine extends RangeError {
    code = 'E_MINE';
  }
  const error = new Mine('too far', { cause: new TypeError('inner') });
  const back = cross(error) as Mine;
  expect(back).toBeInstanceOf(RangeError);
  expect(back).toMatchObject({ message: 'too far', code: 'E_MINE' });
  expect(back.cause).toBeInstanceOf(TypeError);
  expect(decode(encode(error, 'it'), { Mine })).toBeInstanceOf(Mine);
});

test.each([
  ['a function', () => 1],
  ['an instance of a class', new (class Thing {})()],
  ['a promise', Promise.resolve(1)],
  ['a private symbol', Symbol('x')],
  ['a function deep inside', { a: [{ b: () => 1 }] }],
  ['symbol keys', { [Symbol.for('x')]: 1 }],
  ['a subclass of Array', new (class extends Array {})()],
])('%s cannot cross, and the error says where', (_name, value) => {
  expect(() => encode(value, 'the result')).toThrow(CannotCross);
  expect(() => encode(value, 'the result')).toThrow(/the result.* need mode in-process/);
});

test('nothing that crosses can act: hostile bytes are data or an error', () => {
  const hostile: unknown[] = [
    null,
    1,
    { value: ['ref', 3], objects: [] },
    { value: ['call', 'process.exit'], objects: [] },
    { value: {}, objects: [] },
    { value: ['ref', 0], objects: [{ t: 'function', source: '() => 1' }] },
    { value: ['ref', 0], objects: [{ t: 'bytes', kind: 'Function', base64: '' }] },
    { value: ['ref', 0], objects: [{ t: 'regexp', source: '(', flags: 'z' }] },
    { value: ['ref', '__proto__'], objects: [] },
  ];
  for (const wire of hostile) expect(() => decode(wire as Wire), JSON.stringify(wire)).toThrow();
});
