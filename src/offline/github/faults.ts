import type { Fault } from './public-types.ts';
import type { ApiAnswer } from './route.ts';

/**
 * What can go wrong with a write. Carried out, but the answer is a 500, a connection that breaks before or within it,
 * or silence; `stale`: a 500, and then reads that for a while answer as if nothing had been written; `twin`: a 422, it
 * exists already. The rest are not carried out; limits are over within a second, the lasting one after three.
 */
export const faultKinds = [
  'lost-500',
  'lost-reset',
  'lost-cut',
  'lost-silence',
  'stale',
  'twin',
  '502',
  '409',
  'primary-limit',
  'secondary-limit',
  'lasting-limit',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Reads that answer as before a write, for each address that was asked for before it. */
const staleReads = 2;

/** What goes wrong on purpose, planned by tests and scenarios: each fault strikes the next write of its operation. */
export class Faults {
  readonly #planned: { fault: Fault; left: number }[] = [];
  /** What reads were answered, kept only while one may have to be answered so again. */
  readonly #answered = new Map<string, ApiAnswer>();
  readonly #stale = new Map<string, { answer: ApiAnswer; left: number }>();

  plan(fault: Fault): void {
    this.#planned.push({ fault, left: fault.times ?? 1 });
  }

  /** Those that have not struck as often as they should. */
  left(): readonly Fault[] {
    return this.#planned.map(({ fault }) => fault);
  }

  /** The fault that strikes a write now, unless it first has to be carried out and is not. */
  next(operation: string | undefined): Strike | undefined {
    const planned = this.#planned.find(({ fault }) => fault.operation === operation);
    if (!planned) return undefined;
    const { kind } = planned.fault;
    const spend = () => {
      planned.left -= 1;
      if (planned.left === 0) this.#planned.splice(this.#planned.indexOf(planned), 1);
    };
    return {
      kind,
      refuse: (now) => {
        const refusal = refusalOf(kind, now);
        if (refusal) spend();
        return refusal;
      },
      lose: (answer) => {
        if (answer.status >= 300) return answer;
        spend();
        if (kind === 'stale') {
          for (const [url, before] of this.#answered) {
            this.#stale.set(url, { answer: before, left: staleReads });
          }
        }
        return lost(kind, answer);
      },
    };
  }

  /** A read as it was answered before a write, while it still has to be. */
  asBefore(url: string): ApiAnswer | undefined {
    const stale = this.#stale.get(url);
    if (!stale) return undefined;
    stale.left -= 1;
    if (stale.left === 0) this.#stale.delete(url);
    return stale.answer;
  }

  remember(url: string, answer: ApiAnswer): void {
    if (this.#planned.some(({ fault }) => fault.kind === 'stale')) this.#answered.set(url, answer);
  }
}

export interface Strike {
  readonly kind: FaultKind;
  /** The answer to a write that is not carried out; undefined when it is. */
  refuse(now: Date): ApiAnswer | undefined;
  /** What comes back of a write that was carried out. */
  lose(answer: ApiAnswer): ApiAnswer;
}

function refusalOf(kind: FaultKind, now: Date): ApiAnswer | undefined {
  switch (kind) {
    case '502':
      return { status: 502, body: { message: 'Bad Gateway' } };
    case '409':
      return { status: 409, body: { message: 'Conflict' } };
    case 'primary-limit':
      return {
        status: 403,
        body: { message: 'API rate limit exceeded for installation ID 1.' },
        headers: {
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(Math.ceil(now.getTime() / 1000)),
        },
      };
    case 'secondary-limit':
    case 'lasting-limit':
      return {
        status: 403,
        body: { message: 'You have exceeded a secondary rate limit.' },
        headers: { 'retry-after': kind === 'lasting-limit' ? '3' : '1' },
      };
    default:
      return undefined;
  }
}

function lost(kind: FaultKind, answer: ApiAnswer): ApiAnswer {
  switch (kind) {
    case 'lost-500':
    case 'stale':
      return { status: 500, body: { message: 'Server Error' } };
    case 'twin':
      return { status: 422, body: { message: 'Validation Failed', errors: [{ code: 'already_exists' }] } };
    case 'lost-reset':
      return { ...answer, broken: 'reset' };
    case 'lost-cut':
      return { ...answer, broken: 'cut' };
    case 'lost-silence':
      return { ...answer, broken: 'silence' };
    default:
      return answer;
  }
}
