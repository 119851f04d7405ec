import { oneComment } from '../../src/phases/one-comment.ts';
import { issueOf, marker, newIssue, type Write } from './fault-bench.ts';

/** What is written on issues. */
export const textWrites: Write[] = [
  {
    kind: 'comment.create',
    operation: 'issues/create-comment',
    async prepare(bench) {
      const { repository } = bench.world;
      const issue = await newIssue(bench);
      const one = oneComment(repository, issue, marker(bench), () => `${marker(bench)}\nwords`);
      return {
        call: () => bench.ensure({ key: 'comment', kind: 'comment', intent: {}, ...one }),
        count: (end) => issueOf(end, issue).comments.length,
      };
    },
  },
  {
    kind: 'comment.update',
    operation: 'issues/update-comment',
    async prepare(bench) {
      const { repository } = bench.world;
      const issue = await newIssue(bench);
      const { id } = await repository.comments.create(issue, 'old');
      return {
        call: () => repository.comments.update(id, 'new'),
        count: (end) => issueOf(end, issue).comments.filter(({ body }) => body === 'new').length,
      };
    },
  },
  {
    kind: 'reaction.add',
    operation: 'reactions/create-for-issue',
    async prepare(bench) {
      const { repository } = bench.world;
      const issue = await newIssue(bench);
      return {
        call: () => repository.reactions.add({ issue }, 'eyes'),
        count: (end) => issueOf(end, issue).reactions.eyes?.length ?? 0,
      };
    },
  },
  {
    kind: 'label.add',
    operation: 'issues/add-labels',
    async prepare(bench) {
      const { repository } = bench.world;
      const issue = await newIssue(bench);
      return {
        call: () => repository.labels.add(issue, 'bug'),
        count: (end) => issueOf(end, issue).labels.length,
      };
    },
  },
  {
    kind: 'label.remove',
    operation: 'issues/remove-label',
    async prepare(bench) {
      const { repository } = bench.world;
      const issue = await newIssue(bench);
      await repository.labels.add(issue, 'bug');
      return {
        call: () => repository.labels.remove(issue, 'bug'),
        count: (end) => 1 - issueOf(end, issue).labels.length,
      };
    },
  },
  {
    kind: 'issue.create',
    operation: 'issues/create',
    async prepare(bench) {
      const { repository } = bench.world;
      const { ownIssues } = repository;
      const request = { title: 'Follow-up', body: `${marker(bench)}\nwords`, labels: [] };
      return {
        call: () =>
          bench.ensure({
            key: 'issue',
            kind: 'issue',
            intent: {},
            look: async () => (await ownIssues.findByMarker(marker(bench)))?.number.toString(),
            act: async () => (await ownIssues.create(request)).number.toString(),
            keepOldest: async (id) => (await ownIssues.keepOldest(marker(bench), Number(id)))?.toString(),
          }),
        count: (end) => end.issues.filter(({ body }) => body?.startsWith(marker(bench))).length,
      };
    },
  },
  {
    kind: 'issue.close',
    operation: 'issues/update',
    async prepare(bench) {
      const { repository } = bench.world;
      const issue = await newIssue(bench);
      return {
        call: () => repository.closeIssue(issue, 'duplicate'),
        count: (end) => Number(issueOf(end, issue).state === 'closed'),
      };
    },
  },
  {
    kind: 'comment.delete',
    operation: 'issues/delete-comment',
    async prepare(bench) {
      const { repository } = bench.world;
      const issue = await newIssue(bench);
      await repository.comments.create(issue, marker(bench));
      const twin = await repository.comments.create(issue, marker(bench));
      return {
        call: () => repository.comments.keepOldest(issue, marker(bench), twin.id),
        count: (end) => 2 - issueOf(end, issue).comments.length,
      };
    },
  },
];
