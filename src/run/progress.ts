import type { ArtifactKind, HeadName, PhaseName, Route } from './facts.ts';

/** How a score came about, for people: the rows of the table in the pull request and in the terminal. */
export interface ScoreTable {
  signals: {
    name: string;
    /** Basis points of the whole score that this signal can bring, 0–10000. */
    weight: number;
    /** Basis points of its weight that it brought, 0–10000; null when the repository does not have the signal. */
    value: number | null;
    words: string;
  }[];
  caps: { /** Basis points. */ at: number; why: string }[];
  /** Basis points, 0–10000, after the lowest cap. */
  score: number;
  route: Route;
}

/**
 * What a run tells whoever is watching, while it happens. Watching changes nothing: facts stay the only truth,
 * and a lost event costs a line on a screen. Times are milliseconds since the epoch, durations milliseconds.
 */
export type ProgressEvent = { at: number } & (
  | {
      kind: 'run-started';
      run: string;
      repository: string;
      issue: { number: number; title: string };
      /** Where the repository's commands run, and why there. */
      sandbox: { kind: 'docker' | 'process'; words: string };
    }
  | { kind: 'phase-started'; phase: PhaseName; attempt: number }
  | {
      kind: 'phase-ended';
      phase: PhaseName;
      attempt: number;
      ms: number;
      usd: number;
      /** `pass` and `fail` are evidence; `error` means that the phase ended without any. */
      result: 'pass' | 'fail' | 'error';
      words: string;
    }
  | {
      kind: 'role-called';
      phase: PhaseName;
      role: string;
      model: string;
      /** The kinds of artifacts that its context was made from: all that it could see. */
      shown: (ArtifactKind | 'repository' | 'symptoms' | 'harness-card')[];
      ms: number;
    }
  | { kind: 'command-ran'; phase: PhaseName; command: string; exitCode: number | null; ms: number }
  | { kind: 'head-advanced'; head: HeadName; round: number; because: string }
  | ({ kind: 'scored' } & ScoreTable)
  | { kind: 'waiting'; why: string }
  | { kind: 'effect'; effect: string; url: string | null }
  | { kind: 'ended'; outcome: string; words: string }
);

/** Receives events in the order in which things happened. Must not throw. */
export type Watch = (event: ProgressEvent) => void;
