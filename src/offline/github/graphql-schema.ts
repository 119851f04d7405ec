import type { Field } from './graphql-document.ts';

/** The corner of GitHub's GraphQL schema that is built here. */

/** Fields by type: a type's name, or null for a scalar. */
const types: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  PullRequest: {
    id: null,
    number: null,
    title: null,
    url: null,
    state: null,
    isDraft: null,
    merged: null,
    headRefOid: null,
    headRefName: null,
    baseRefName: null,
    mergeStateStatus: null,
    autoMergeRequest: 'AutoMergeRequest',
    isInMergeQueue: null,
    mergeQueueEntry: 'MergeQueueEntry',
    timelineItems: 'PullRequestTimelineItemsConnection',
  },
  Query: { repository: 'Repository' },
  Repository: { pullRequest: 'PullRequest', issue: 'Issue' },
  Issue: {
    number: null,
    title: null,
    createdAt: null,
    lastEditedAt: null,
    userContentEdits: 'UserContentEditConnection',
    timelineItems: 'IssueTimelineItemsConnection',
  },
  UserContentEditConnection: { nodes: 'UserContentEdit' },
  UserContentEdit: { editedAt: null, editor: 'Actor' },
  IssueTimelineItemsConnection: { nodes: 'RenamedTitleEvent' },
  RenamedTitleEvent: { createdAt: null, actor: 'Actor' },
  PullRequestTimelineItemsConnection: { nodes: 'RemovedFromMergeQueueEvent' },
  RemovedFromMergeQueueEvent: { reason: null },
  AutoMergeRequest: { mergeMethod: null, commitHeadline: null, commitBody: null, enabledBy: 'Actor' },
  Actor: { login: null },
  MergeQueueEntry: {
    id: null,
    position: null,
    state: null,
    headCommit: 'Commit',
    pullRequest: 'PullRequest',
  },
  Commit: { oid: null, url: null, message: null, messageHeadline: null },
  Ref: { name: null, target: 'Commit' },
  MarkPullRequestReadyForReviewPayload: { clientMutationId: null, pullRequest: 'PullRequest' },
  ConvertPullRequestToDraftPayload: { clientMutationId: null, pullRequest: 'PullRequest' },
  EnablePullRequestAutoMergePayload: { clientMutationId: null, actor: 'Actor', pullRequest: 'PullRequest' },
  EnqueuePullRequestPayload: { clientMutationId: null, mergeQueueEntry: 'MergeQueueEntry' },
  CreateCommitOnBranchPayload: { clientMutationId: null, commit: 'Commit', ref: 'Ref' },
};

interface InputType {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const onPull: InputType = { required: ['pullRequestId'], optional: ['clientMutationId'] };

/** Inputs of the mutations by their names. */
const mutations: Readonly<Record<string, InputType>> = {
  markPullRequestReadyForReview: onPull,
  convertPullRequestToDraft: onPull,
  enablePullRequestAutoMerge: {
    required: ['pullRequestId'],
    optional: [
      'mergeMethod',
      'commitHeadline',
      'commitBody',
      'authorEmail',
      'expectedHeadOid',
      'clientMutationId',
    ],
  },
  enqueuePullRequest: {
    required: ['pullRequestId'],
    optional: ['jump', 'expectedHeadOid', 'clientMutationId'],
  },
  createCommitOnBranch: {
    required: ['branch', 'message', 'expectedHeadOid'],
    optional: ['fileChanges', 'clientMutationId'],
  },
};

export function isMutation(name: string): boolean {
  return name in mutations;
}

function pascal(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** What is wrong with a mutation and with what it asks back, in GitHub's words. */
export function problemsOf(field: Field): string[] {
  const expected = mutations[field.name];
  if (!expected) return [`Field '${field.name}' doesn't exist on type 'Mutation'`];
  const type = `${pascal(field.name)}Input`;
  const { input } = field.args;
  if (typeof input !== 'object' || input === null) {
    return [`Field '${field.name}' is missing required arguments: input`];
  }
  const given = input as Record<string, unknown>;
  const known = [...expected.required, ...expected.optional];
  const wrong = (name: string, why: string) =>
    `Variable $input of type ${type}! was provided invalid value for ${name} (${why})`;
  return [
    ...Object.keys(given)
      .filter((name) => !known.includes(name))
      .map((name) => wrong(name, `Field is not defined on ${type}`)),
    ...expected.required
      .filter((name) => given[name] === undefined || given[name] === null)
      .map((name) => wrong(name, 'Expected value to not be null')),
    ...problemsOfSelections(`${pascal(field.name)}Payload`, field),
  ];
}

/** What is wrong with a field of a query. */
export function problemsOfQuery(field: Field): string[] {
  const of = types.Query?.[field.name];
  return of ? problemsOfSelections(of, field) : [`Field '${field.name}' doesn't exist on type 'Query'`];
}

function problemsOfSelections(type: string, { name, selections }: Field): string[] {
  if (selections.length === 0) {
    return [`Field must have selections (field '${name}' returns ${type} but has no selections.)`];
  }
  return selections.flatMap((selection) => {
    const of = types[type]?.[selection.name];
    if (of === undefined) return [`Field '${selection.name}' doesn't exist on type '${type}'`];
    if (of !== null) return problemsOfSelections(of, selection);
    return selection.selections.length > 0
      ? [
          `Selections can't be made on scalars (field '${selection.name}' returns a scalar but has selections)`,
        ]
      : [];
  });
}

/** Cuts a value down to what was asked. */
export function pick(value: unknown, selections: readonly Field[]): unknown {
  if (value === null || value === undefined) return null;
  if (selections.length === 0) return value;
  if (Array.isArray(value)) return value.map((each) => pick(each, selections));
  const from = value as Record<string, unknown>;
  return Object.fromEntries(selections.map((one) => [one.key, pick(from[one.name], one.selections)]));
}
