import type { ColumnType, Generated, Insertable, Kysely, Selectable } from 'kysely';

/** bigint comes back as a number from SQLite, as a string from pg: rows are read through `Number()`. */
type BigInteger = ColumnType<number | string | bigint, number, number>;

export interface RunsTable {
  id: string;
  owner: string;
  repo: string;
  repo_id: BigInteger;
  installation_id: BigInteger;
  issue: number;
  branch: string | null;
  pull_request: number | null;
  state: string;
  outcome: string | null;
  words: string;
  length: number;
  created_at: BigInteger;
  updated_at: BigInteger;
}

export interface FactsTable {
  run: string;
  seq: number;
  body: string;
}

export interface ArtifactsTable {
  hash: string;
  kind: string;
  body: string;
  size: number;
  created_at: BigInteger;
}

export interface EffectsTable {
  run: string;
  key: string;
  kind: string;
  intent: string;
  state: string;
  external_id: string | null;
  error: string | null;
  attempts: number;
  position: BigInteger;
  at: BigInteger;
}

export interface ProvenanceTable {
  id: string;
  run: string;
  phase: string;
  kind: string;
  label: string;
  exposed: string;
  text: string | null;
  text_hash: string | null;
  image: string | null;
  network: string | null;
  position: BigInteger;
  at: BigInteger;
}

export interface TranscriptsTable {
  call: string;
  run: string;
  role: string;
  body: string;
  position: BigInteger;
  at: BigInteger;
}

export interface DeliveriesTable {
  id: string;
  name: string;
  identity: string | null;
  lane: string;
  payload: string;
  position: BigInteger;
  received_at: BigInteger;
  state: string;
  attempts: number;
  error: string | null;
}

export interface IssuesTable {
  id: Generated<number | string>;
  repo_id: BigInteger;
  number: number;
  kind: string;
  state: string;
  title: string;
  body: string;
  updated_at: BigInteger;
}

export interface IssueIndexesTable {
  repo_id: BigInteger;
  filled_until: BigInteger;
}

export interface HeardTable {
  of: string;
  until: BigInteger;
}

export interface Schema {
  runs: RunsTable;
  facts: FactsTable;
  artifacts: ArtifactsTable;
  effects: EffectsTable;
  provenance: ProvenanceTable;
  transcripts: TranscriptsTable;
  deliveries: DeliveriesTable;
  issues: IssuesTable;
  issue_indexes: IssueIndexesTable;
  heard: HeardTable;
}

export type Db = Kysely<Schema>;
export type RunRecord = Selectable<RunsTable>;
export type EffectRecord = Selectable<EffectsTable>;
export type DeliveryRecord = Omit<Selectable<DeliveriesTable>, 'payload'>;
export type DeliveryInsert = Insertable<DeliveriesTable>;
