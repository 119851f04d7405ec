import type { Hash } from '../run/artifacts.ts';
import type { Fact } from '../run/facts.ts';
import type { Derived, RunState } from '../run/state.ts';

/**
 * What the store keeps and how it is spoken to. All times are milliseconds since the epoch, all bodies are JSON.
 * Every promise rejects only on defects and outages (disk full, database gone); everything foreseeable is a value.
 */
export interface Store {
  /** Starts a run, unless the issue already has a live one: then that one comes back. */
  createRun(start: NewRun): Promise<{ created: boolean; run: RunRow }>;
  run(id: string): Promise<RunRow | undefined>;
  /** The run of this issue that is not in a terminal state; there is at most one. */
  liveRun(repoId: number, issue: number): Promise<RunRow | undefined>;
  /** The newest run of this issue, live or not. */
  latestRun(repoId: number, issue: number): Promise<RunRow | undefined>;
  /** The newest run that delivered this pull request. */
  runOfPullRequest(repoId: number, pullRequest: number): Promise<RunRow | undefined>;
  /** All runs of an issue, oldest first. */
  runsOfIssue(repoId: number, issue: number): Promise<RunRow[]>;
  /** Every run to queue again at boot, oldest first. */
  runsNotTerminal(): Promise<RunRow[]>;
  /** Newest first. */
  runs(options: { limit: number }): Promise<RunRow[]>;
  /** Runs that have ended and have no finished effect `<key>:<number of their facts>`, oldest first. */
  runsEndedWithout(key: string): Promise<RunRow[]>;
  /** Every repository that runs were about, as it was last called. */
  repositories(): Promise<KnownRepository[]>;
  /** The repository has another name, owner or installation now: its runs follow. */
  repositoryMoved(to: KnownRepository): Promise<void>;

  /** Runs of a repository that have ended, newest first. */
  finishedRuns(repoId: number, options: { limit: number }): Promise<RunRow[]>;
  /** US dollars that facts since then cost, in one repository or in all of them. */
  spentSince(at: number, repoId?: number): Promise<number>;

  facts(run: string): Promise<Fact[]>;
  /**
   * Adds facts if the history is still as long as the caller saw it; `ok: false` means that somebody else was first.
   * Artifacts, facts and the derived columns are one transaction. Rejects when a `made` fact names an artifact that
   * is neither here nor in the store, and when the append would leave a terminal state.
   */
  append(run: string, append: Append): Promise<{ ok: boolean; length: number }>;

  /** Idempotent. `expect`: the hash that the caller computed; a difference rejects and nothing is stored. */
  putArtifact(kind: string, body: unknown, expect?: Hash): Promise<Hash>;
  /**
   * The body whose hash was checked again on reading. Equal content of two kinds has one hash: name the kind where
   * that matters.
   */
  artifact(hash: Hash, kind?: string): Promise<Artifact | undefined>;

  readonly effects: Effects;
  readonly provenance: ProvenanceLog;
  readonly transcripts: Transcripts;
  readonly deliveries: Deliveries;
  readonly issues: IssueIndex;
  readonly heard: Heard;

  readonly retention: Retention;

  /** What is wrong with the database, in words; empty when nothing is. Reads everything: for `doctor` and `audit`. */
  integrityCheck(): Promise<string[]>;
  /** What has kept the database from being read or written since the last time that it could be; undefined: nothing. */
  trouble(): { words: string; next: string } | undefined;
  /** Ends the trouble if the database can be written again, and rejects otherwise. */
  tryAgain(): Promise<void>;
  close(): Promise<void>;
}

export interface NewRun {
  owner: string;
  repo: string;
  repoId: number;
  installationId: number;
  issue: number;
  /** The first history, in the same transaction, so that no run without a beginning can exist. */
  begin?: Omit<Append, 'expected'>;
}

/** By its id, which no renaming changes. */
export interface KnownRepository {
  id: number;
  owner: string;
  name: string;
  installationId: number;
}

export interface RunRow {
  /** Sorts by time of creation. */
  id: string;
  owner: string;
  repo: string;
  repoId: number;
  installationId: number;
  issue: number;
  branch: string | undefined;
  pullRequest: number | undefined;
  /** Derived from the facts, kept for queries. */
  state: RunState;
  outcome: Derived['outcome'];
  words: string;
  /** Number of facts: what the next append has to expect. */
  length: number;
  createdAt: number;
  updatedAt: number;
}

export interface Append {
  /** Number of facts that the caller has seen. */
  expected: number;
  facts: readonly Fact[];
  artifacts: readonly { kind: string; body: unknown }[];
  /** State columns as `deriveState` gives them; `branch` and `pullRequest` stay as they are when left out. */
  derived: Derived & { branch?: string | undefined; pullRequest?: number | undefined };
}

export interface Artifact {
  hash: Hash;
  kind: string;
  body: unknown;
}

/** The ledger of writes to the outside world. One row per run and key, whatever crashes in between. */
export interface Effects {
  /** Called before acting. A row that exists comes back; unless it is `done`, this counts as one more attempt. */
  intend(run: string, key: string, kind: string, intent: unknown): Promise<Effect>;
  done(run: string, key: string, externalId: string): Promise<void>;
  failed(run: string, key: string, words: string): Promise<void>;
  /** In the order of their first intent. */
  list(run: string): Promise<Effect[]>;
}

export interface Effect {
  run: string;
  key: string;
  kind: string;
  /** Redacted by the caller. */
  intent: unknown;
  state: 'intended' | 'done' | 'failed';
  externalId: string | undefined;
  error: string | undefined;
  attempts: number;
  /** Of the last change. */
  at: number;
}

/** What each model call and container was given: the proof of isolation. */
export interface ProvenanceLog {
  record(entry: Omit<Provenance, 'textHash' | 'at'>): Promise<void>;
  list(run: string): Promise<Provenance[]>;
}

export interface Provenance {
  run: string;
  phase: string;
  kind: 'model' | 'container';
  /** Which call or command, for people. */
  label: string;
  /** Artifacts that it could read. */
  exposed: Hash[];
  /** The assembled text of a model call, byte for byte. */
  text?: string | undefined;
  /** sha256 of `text`. */
  textHash?: Hash | undefined;
  /** Image digest of a container. */
  image?: string | undefined;
  /** Network mode of a container, as inspected. */
  network?: string | undefined;
  at: number;
}

export interface Transcripts {
  /** Saving the same call again replaces it: a call is saved once more when it ends. */
  save(transcript: Omit<Transcript, 'at'>): Promise<void>;
  /** Oldest first; with `before` (milliseconds since the epoch) those that were last saved before it. */
  list(run: string, options?: { before?: number }): Promise<Transcript[]>;
}

export interface Transcript {
  call: string;
  run: string;
  role: string;
  body: unknown;
  at: number;
}

/** Webhook deliveries, kept before they are answered. */
export interface Deliveries {
  /**
   * One transaction, synced to disk when this resolves. A delivery whose id or identity is known is a `duplicate`,
   * unless its contrary came in between; if the known one had failed for good it is queued anew (`requeued`): a person
   * pressed "Redeliver".
   */
  insertMany(deliveries: readonly NewDelivery[]): Promise<('stored' | 'duplicate' | 'requeued')[]>;
  /** Pending deliveries in order of arrival, after a position, without their payloads. */
  take(options: { after: number; limit: number }): Promise<Delivery[]>;
  payload(id: string): Promise<string | undefined>;
  markProcessed(ids: readonly string[]): Promise<void>;
  /** One more attempt is over; `final`: there will be no other. */
  markFailed(id: string, failure: { error: string; final: boolean }): Promise<void>;
  list(options: { limit: number }): Promise<Delivery[]>;
}

/** What is deleted, and when; everything else is kept for ever. */
export interface Retention {
  /**
   * Empties webhook payloads that were dealt with, and deletes transcripts and the texts of model calls, from before
   * a time. What runs are made of stays, and so do the hashes of what was shown to whom.
   */
  forgetBefore(at: number): Promise<void>;
  /**
   * Deletes everything that is known of an installation, or of some of its repositories. Resolves to the names of
   * those that runs were about. Runs that have not ended go as well: end them first.
   */
  purge(of: {
    installationId: number;
    repoIds?: readonly number[];
  }): Promise<{ owner: string; name: string }[]>;
}

export interface NewDelivery {
  /** X-GitHub-Delivery */
  id: string;
  /** X-GitHub-Event */
  name: string;
  /** What makes the event itself unique, however often it is delivered. */
  identity: string | undefined;
  /** Identity of the event that would undo this one: after that, the same identity is news again. */
  contrary?: string | undefined;
  /** Deliveries of one lane are processed in order: one per repository. */
  lane: string;
  payload: string;
  receivedAt: number;
  /** Why nothing will be done about it; it is kept as `ignored`, and so is never processed. */
  ignored?: string | undefined;
}

export interface Delivery {
  id: string;
  name: string;
  identity: string | undefined;
  lane: string;
  /** Order of arrival. */
  position: number;
  receivedAt: number;
  state: 'pending' | 'processed' | 'failed' | 'ignored';
  attempts: number;
  error: string | undefined;
}

/** Up to when GitHub was asked what had happened (milliseconds since the epoch), by what was asked about. */
export interface Heard {
  /** Undefined: it was never asked about. */
  until(of: string): Promise<number | undefined>;
  set(of: string, at: number): Promise<void>;
}

/** Titles and texts of a repository's issues and pull requests, to find those that ask for the same. */
export interface IssueIndex {
  /** Adds or replaces. */
  put(repoId: number, issues: readonly IndexedIssue[]): Promise<void>;
  remove(repoId: number, number: number): Promise<void>;
  /**
   * What shares words with the terms, best first: porter stems, a word of the title counts three times as much.
   * At most 60 terms are looked for. Never rejects for what the terms contain.
   */
  search(
    repoId: number,
    by: { terms: readonly string[]; except: number; limit: number },
  ): Promise<FoundIssue[]>;
  size(repoId: number): Promise<number>;
  /** Everything that changed until then is in the index; undefined: it was never filled to the end. */
  filledUntil(repoId: number): Promise<number | undefined>;
  setFilledUntil(repoId: number, at: number): Promise<void>;
}

export interface IndexedIssue {
  number: number;
  kind: 'issue' | 'pull-request';
  state: 'open' | 'closed' | 'merged';
  title: string;
  body: string;
  updatedAt: number;
}
export type FoundIssue = Omit<IndexedIssue, 'updatedAt'>;
