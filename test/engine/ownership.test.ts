import { expect, test } from 'vitest';
import { createOwnership } from '../../src/engine/ownership.ts';

class Ended extends Error {}
const end = (): never => {
  throw new Ended();
};

test('whoever is not held any more confirms nothing and begins nothing', async () => {
  let held = true;
  const ownership = createOwnership({ isHeld: () => held, end, waitOutMs: 0 });
  ownership.confirm();
  await ownership.mayIntend();
  held = false;
  expect(() => ownership.confirm()).toThrow(Ended);
  await expect(ownership.mayIntend()).rejects.toThrow(Ended);
});

test('what a predecessor sent is waited out once, and who was succeeded meanwhile ends', async () => {
  let held = true;
  const ownership = createOwnership({ isHeld: () => held, end, waitOutMs: 60 });
  const before = performance.now();
  ownership.confirm();
  await Promise.all([ownership.mayIntend(), ownership.mayIntend()]);
  expect(performance.now() - before).toBeGreaterThan(50);

  const succeeded = createOwnership({ isHeld: () => held, end, waitOutMs: 20 });
  const waiting = succeeded.mayIntend();
  held = false;
  await expect(waiting).rejects.toThrow(Ended);
});
