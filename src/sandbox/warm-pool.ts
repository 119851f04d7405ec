import PQueue from 'p-queue';
import type { Container, ContainerSpec } from './sandbox.ts';

/** Starts of containers at the same time: more would only share the cores with what is at work. */
const atOnce = 2;

/**
 * Containers that are open before anybody asks for them. Each is as fresh as one that is opened on demand: nothing was
 * put into it, nothing ran in it, and it is given away once. Spares belong to a run, because their labels name it.
 */
export interface WarmPool {
  /** Tops up the spares of this kind. What cannot be opened now is opened when it is asked for, and fails then. */
  warm(spec: ContainerSpec, count: number): void;
  /** Takes a spare of this kind; undefined when there is none. Rejects when it could not be opened. */
  take(spec: ContainerSpec): Promise<Container> | undefined;
  /** Closes what a run has left. */
  cool(run: string): Promise<void>;
}

/** @param open opens a container that the pool keeps until it is taken */
export function createWarmPool(
  open: (spec: ContainerSpec, signal: AbortSignal) => Promise<Container>,
): WarmPool {
  const runs = new Map<string, { kinds: Map<string, Promise<Container>[]>; stop: AbortController }>();
  const opening = new PQueue({ concurrency: atOnce });

  return {
    warm(spec, count) {
      const { run } = spec.labels;
      const spares = runs.get(run) ?? { kinds: new Map(), stop: new AbortController() };
      runs.set(run, spares);
      const there = spares.kinds.get(kindOf(spec)) ?? [];
      spares.kinds.set(kindOf(spec), there);
      const { signal } = spares.stop;
      while (there.length < count) {
        const spare = opening.add(async () => {
          signal.throwIfAborted();
          return open({ ...spec, labels: { ...spec.labels, phase: 'ahead', purpose: 'spare' } }, signal);
        });
        // Told to whoever takes it.
        spare.catch(() => undefined);
        there.push(spare);
      }
    },
    take: (spec) => runs.get(spec.labels.run)?.kinds.get(kindOf(spec))?.shift(),
    async cool(run) {
      const spares = runs.get(run);
      runs.delete(run);
      spares?.stop.abort(new Error('nobody needs it any more'));
      const left = await Promise.allSettled([...(spares?.kinds.values() ?? [])].flat());
      await Promise.all(left.map((each) => (each.status === 'fulfilled' ? each.value.close() : undefined)));
    },
  };
}

/** All that makes one container as good as another, labels aside. */
function kindOf({ environment, purpose, limits }: ContainerSpec): string {
  return JSON.stringify([environment?.digest, purpose, limits]);
}
