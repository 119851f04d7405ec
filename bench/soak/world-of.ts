import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { LedgerEntry } from '../../src/offline/github/public-types.ts';
import type { ScenarioWorld } from '../../src/offline/scenario/run-scenario.ts';

/** What must be there once however often it was tried, and how GitHub's description and git call the making of it. */
const makings = {
  branches: ['git/create-ref', 'git/receive-pack'],
  'pull requests': ['pulls/create'],
  comments: ['issues/create-comment', 'pulls/create-review-comment'],
  'check runs': ['checks/create'],
  merges: ['pulls/merge'],
  issues: ['issues/create'],
} as const;
export type Made = Record<keyof typeof makings, number>;
export const madeNames = Object.keys(makings) as (keyof Made)[];

/** How many of each were made, by the local GitHub's ledger; what it refused is left out. */
export function madeIn({ github }: Pick<ScenarioWorld, 'github'>): Made {
  const succeeded = github.ledger().filter(({ status }) => status >= 200 && status < 300);
  const count = (operations: readonly string[]) =>
    succeeded.filter(({ operation }) => operations.includes(operation ?? '')).length;
  return Object.fromEntries(madeNames.map((name) => [name, count(makings[name])])) as Made;
}

/** Check runs that share commit and name, which people would see twice. */
export function checksTwice({ github }: Pick<ScenarioWorld, 'github'>): number {
  const created = github
    .ledger()
    .filter(({ operation, status }) => operation === 'checks/create' && status === 201);
  const nameOf = ({ body }: LedgerEntry) => {
    const { name, head_sha } = body as { name: string; head_sha: string };
    return `${name} on ${head_sha}`;
  };
  return created.length - new Set(created.map(nameOf)).size;
}

/** What is on the default branch, as git names it. */
export async function mergedTree({ github }: Pick<ScenarioWorld, 'github'>): Promise<string> {
  const [repository] = (await github.snapshot()).repositories;
  if (!repository) throw new Error('the local GitHub lost its repository');
  const args = ['--git-dir', github.gitDir(repository), 'rev-parse', `${repository.defaultBranch}^{tree}`];
  return (await promisify(execFile)('git', args)).stdout.trim();
}

/** Turns that the model answered, and so was paid for, more often than once. */
export function turnsPaidTwice({ model }: Pick<ScenarioWorld, 'model'>): number {
  const answered = model
    .journal()
    .filter(({ status, fault, turn }) => status === 200 && !fault && turn !== undefined);
  return answered.length - new Set(answered.map(({ role, call, turn }) => `${role} ${call} ${turn}`)).size;
}
