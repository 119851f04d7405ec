import { expect, test } from 'vitest';
import { createSlots } from '../../src/engine/slots.ts';

const never = new AbortController().signal;
const settled = async (promise: Promise<unknown>) => {
  let is = false;
  void promise.then(
    () => (is = true),
    () => (is = true),
  );
  await new Promise(setImmediate);
  return is;
};

test('as many as there are places go on at once, the others in the order in which they came', async () => {
  const slots = createSlots(2);
  const [first, second] = [await slots.take(never), await slots.take(never)];
  const third = slots.take(never);
  const fourth = slots.take(never);
  expect(await settled(third)).toBe(false);
  second();
  second();
  expect([await settled(third), await settled(fourth)]).toEqual([true, false]);
  first();
  expect(await settled(fourth)).toBe(true);
});

test('who is interrupted while waiting leaves, and takes nobody else his place', async () => {
  const slots = createSlots(1);
  const give = await slots.take(never);
  const interrupted = new AbortController();
  const leaving = slots.take(interrupted.signal);
  const patient = slots.take(never);
  interrupted.abort(new Error('decided anew'));
  await expect(leaving).rejects.toThrow('decided anew');
  expect(await settled(patient)).toBe(false);
  give();
  expect(await settled(patient)).toBe(true);
  await expect(slots.take(interrupted.signal)).rejects.toThrow('decided anew');
});
