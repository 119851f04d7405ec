import type { Score, Signals } from '../gate/score.ts';
import type { ArtifactKind, HeadName, PhaseName, Route } from '../run/facts.ts';

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
      shown: (ArtifactKind | 'repository' | 'harness-card')[];
      ms: number;
    }
  | { kind: 'asked-again'; phase: PhaseName; role: string; why: string }
  | { kind: 'command-ran'; phase: PhaseName; command: string; exitCode: number | null; ms: number }
  | { kind: 'head-advanced'; head: HeadName; round: number; because: string }
  | { kind: 'scored'; signals: Signals; score: Score; route: Route }
  | { kind: 'waiting'; why: string }
  | { kind: 'effect'; effect: string; url: string | null }
  | { kind: 'ended'; outcome: string; words: string }
);

/** Receives events in the order in which things happened. Must not throw. */
export type Watch = (event: ProgressEvent) => void;
