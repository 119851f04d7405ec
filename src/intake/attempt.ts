import { isFinal } from './final-answer.ts';

/** `again`: it failed in a way that passes. `given-up`: it would fail again. */
export type Outcome = 'done' | 'again' | 'given-up';

/** Does one of many things. Never rejects: one that fails must not keep the others from being done. */
export type Attempt = (what: object, act: () => Promise<void>) => Promise<Outcome>;

/** @param log is told what failed, and why */
export function createAttempt(log: { warn(fields: object, words: string): void }): Attempt {
  return async (what, act) => {
    try {
      await act();
      return 'done';
    } catch (error) {
      const givenUp = isFinal(error);
      const words = givenUp ? 'GitHub refuses it, and would again' : 'It is tried again later';
      log.warn({ err: error, ...what }, `Something that was missed could not be seen to. ${words}`);
      return givenUp ? 'given-up' : 'again';
    }
  };
}
