import { setTimeout as sleep } from 'node:timers/promises';
import type { Octokit } from '@octokit/rest';
import type { Attempt, Permissions } from './access.ts';
import { GitHubError } from './github-error.ts';
import type { Limits } from './limits.ts';
import type { Pace } from './pace.ts';
import { type WriteKind, writes } from './writes.ts';

/** The parameters that every repository call starts with. */
export type Place = { owner: string; repo: string };

/** Asks; a token that was issued for it may write nowhere. Sent again where the answer was lost. Throws GitHubError. */
export type Read = <T>(
  permissions: Readonly<Partial<Record<keyof Permissions, 'read'>>>,
  act: (octokit: Octokit) => Promise<T>,
) => Promise<T>;

/**
 * Writes, in its turn among the writes of the installation; writes.ts says whether it is sent again where the answer
 * was lost. Throws GitHubError, or the reason of the signal that ended the wait for its turn.
 */
export type Write = <T>(
  kind: WriteKind,
  permissions: Permissions,
  act: (octokit: Octokit) => Promise<T>,
) => Promise<T>;

/** What the rooms of one repository are made from. */
export interface Door {
  read: Read;
  write: Write;
  place: Place;
  appSlug: () => Promise<string>;
  /** How long a write may stay unseen: a look before each wait, and one after. */
  lagMs: readonly number[];
}

interface Calls {
  read: Read;
  write: Write;
  /** What the app asks for as itself, tokens above all: sent again where the answer was lost. Throws GitHubError. */
  ask<T>(send: () => Promise<T>): Promise<T>;
}

/** @param signal ends waiting, for a turn or a limit; what was sent is always heard out */
export function callsOf(attempt: Attempt, limits: Limits, pace: Pace, signal?: AbortSignal): Calls {
  /** A limit refuses before anything is carried out, so that what met one may always be sent again. */
  async function patiently<T>(send: () => Promise<T>, evenIfLost: boolean): Promise<T> {
    for (let tries = 0; ; tries++) {
      await limits.open(signal);
      try {
        return await send();
      } catch (error) {
        const pause = pace.waitsMs[tries];
        if (!(error instanceof GitHubError)) throw error;
        if (error.kind === 'rate-limited') limits.reached(error);
        if (pause === undefined) throw error;
        if (error.kind === 'rate-limited') continue;
        if (!evenIfLost || !error.isLost) throw error;
        await sleep(Math.min(Math.max(pause, error.retryAfterMs ?? 0), pace.limitMs), undefined, { signal });
      }
    }
  }

  return {
    ask: (send) => patiently(send, true),
    read: (permissions, act) => patiently(() => attempt(permissions, act), true),
    write(kind, permissions, act) {
      const { turn, again } = writes[kind];
      const send = () => limits.write(turn, () => attempt(permissions, act), signal);
      return patiently(send, again === 'here');
    },
  };
}
