import { besides, signedCommit } from '../../src/phases/delivery/signed-commit.ts';
import type { PhaseContext } from '../../src/phases/phase.ts';
import {
  check,
  marker,
  mirrored,
  mona,
  newBranch,
  newPull,
  pullOf,
  timesThere,
  type Write,
} from './fault-bench.ts';
import { name } from './world.ts';

/** What brings work to people: branches, pull requests, checks, merges. */
export const deliveryWrites: Write[] = [
  {
    kind: 'push',
    operation: 'git/receive-pack',
    async prepare(bench) {
      const { repository, sha: base } = bench.world;
      const { mirror, tree, url } = await mirrored(bench);
      const author = { name: 'auto-build[bot]', email: 'bot@example.com' };
      const commit = { tree, parents: [base], message: 'work\n', author, date: new Date(0) };
      const sha = await mirror.commit(commit);
      const branch = `auto-build/${bench.cell}`;
      const auth = () => repository.gitAuth('write');
      return {
        call: () =>
          bench.ensure({
            key: 'branch',
            kind: 'branch',
            intent: {},
            look: async () => ((await repository.branchTip(branch)) === sha ? sha : undefined),
            act: async () => {
              await mirror.push({ url, auth, ref: `refs/heads/${branch}`, sha, lease: null });
              return sha;
            },
          }),
        count: () => timesThere(bench, branch, 'a.txt'),
      };
    },
  },
  {
    kind: 'branch.set',
    operation: 'git/create-ref',
    async prepare(bench) {
      const { repository, sha } = bench.world;
      const branch = `auto-build/${bench.cell}`;
      return {
        call: () =>
          bench.ensure({
            key: 'branch',
            kind: 'branch',
            intent: {},
            look: async () => ((await repository.branchTip(branch)) === sha ? sha : undefined),
            act: async () => {
              await repository.signedCommits.set({ branch, sha, from: null });
              return sha;
            },
          }),
        count: () => timesThere(bench, branch, 'package.json'),
      };
    },
  },
  {
    kind: 'branch.delete',
    operation: 'git/delete-ref',
    async prepare(bench) {
      const { repository } = bench.world;
      const { branch } = await newBranch(bench);
      return {
        call: () => repository.signedCommits.drop(branch),
        count: async () => 1 - (await timesThere(bench, branch, 'package.json')),
      };
    },
  },
  {
    kind: 'commit.create',
    operation: 'graphql/createCommitOnBranch',
    async prepare(bench) {
      const { repository: github, sha: base } = bench.world;
      const { mirror, tree } = await mirrored(bench);
      const branch = `auto-build/${bench.cell}`;
      const run = { base, baseBranch: 'main', branch };
      // As much of a phase's context as is reached for.
      const context = { run, github, effects: { ensure: bench.ensure } } as unknown as PhaseContext<never>;
      return {
        call: () => signedCommit(context, mirror, { tree, title: 'fix: it', message: '' }),
        count: () => timesThere(bench, besides(branch), 'a.txt'),
      };
    },
  },
  {
    kind: 'pull-request.create',
    operation: 'pulls/create',
    async prepare(bench) {
      const { repository } = bench.world;
      const { pullRequests } = repository;
      const { branch } = await newBranch(bench);
      const by = { head: branch, marker: marker(bench) };
      const request = { head: branch, base: 'main', title: branch, body: marker(bench), draft: false };
      return {
        call: () =>
          bench.ensure({
            key: 'pull-request',
            kind: 'pull-request',
            intent: {},
            look: async () => (await pullRequests.find(by))?.number.toString(),
            act: async () => (await pullRequests.create(request)).number.toString(),
            keepOldest: async (id) => (await pullRequests.keepOldest(by, Number(id)))?.toString(),
          }),
        count: (end) => end.pulls.filter(({ head }) => head.ref === branch).length,
      };
    },
  },
  {
    kind: 'pull-request.update',
    operation: 'pulls/update',
    async prepare(bench) {
      const { repository } = bench.world;
      const { number } = await newPull(bench);
      return {
        call: () => repository.pullRequests.update(number, { title: 'new' }),
        count: (end) => Number(pullOf(end, number).title === 'new'),
      };
    },
  },
  {
    kind: 'pull-request.close',
    operation: 'pulls/update',
    async prepare(bench) {
      const { repository } = bench.world;
      const { number: first, head } = await newPull(bench);
      const other = `other-${bench.cell}`;
      await mona(bench).push({ branch: other, files: { 'b.txt': 'other\n' }, message: 'other base' });
      const request = { head: head.branch, base: other, title: 'twin', body: marker(bench), draft: false };
      const { number } = await repository.pullRequests.create(request);
      const by = { head: head.branch, marker: marker(bench) };
      return {
        call: () => repository.pullRequests.keepOldest(by, number),
        count: (end) => Number(pullOf(end, first).state === 'open' && pullOf(end, number).state === 'closed'),
      };
    },
  },
  {
    kind: 'pull-request.ready',
    operation: 'graphql/markPullRequestReadyForReview',
    async prepare(bench) {
      const { repository } = bench.world;
      const { number } = await newPull(bench, true);
      return {
        call: () => repository.pullRequests.markReady(number),
        count: (end) => Number(!pullOf(end, number).draft),
      };
    },
  },
  {
    kind: 'reviewers.request',
    operation: 'pulls/request-reviewers',
    async prepare(bench) {
      const { repository } = bench.world;
      const { number } = await newPull(bench);
      return {
        call: async () => {
          if (!(await repository.pullRequests.requestReviewer(number, 'mona')))
            throw new Error('was refused');
        },
        count: (end) => pullOf(end, number).requestedReviewers.length,
      };
    },
  },
  {
    kind: 'check-run.create',
    operation: 'checks/create',
    async prepare(bench) {
      const { repository } = bench.world;
      const { checkRuns } = repository;
      const { number, sha } = await newPull(bench);
      const request = check(bench, sha, 1);
      return {
        call: () =>
          bench.ensure({
            key: 'check',
            kind: 'check-run',
            intent: {},
            look: async () => (await checkRuns.onCommit(sha)).get(request.externalId)?.id.toString(),
            act: async () => (await checkRuns.create(request)).id.toString(),
          }),
        count: (end) => pullOf(end, number).checks.length,
      };
    },
  },
  {
    kind: 'check-run.update',
    operation: 'checks/update',
    async prepare(bench) {
      const { repository } = bench.world;
      const { number, sha } = await newPull(bench);
      const { id } = await repository.checkRuns.create(check(bench, sha, 0));
      return {
        call: () => repository.checkRuns.update(id, check(bench, sha, 1)),
        // What an update adds to what is there.
        count: (end) => pullOf(end, number).checks[0]!.annotations.length,
      };
    },
  },
  {
    kind: 'merge',
    operation: 'pulls/merge',
    async prepare(bench) {
      const { repository } = bench.world;
      const { number, sha } = await newPull(bench);
      const merged = async () => {
        const pull = await repository.pullRequests.get(number);
        return pull.state === 'merged' && pull.head.sha === sha ? (pull.mergeSha ?? sha) : undefined;
      };
      const request = { number, sha, method: 'squash' as const, title: 'work', message: '' };
      return {
        call: () =>
          bench.ensure({
            key: 'merge',
            kind: 'merge',
            intent: {},
            look: merged,
            async act() {
              const result = await repository.merge(request);
              if (result.merged) return result.sha;
              throw new Error(result.refused);
            },
          }),
        count: (end) => Number(pullOf(end, number).merged),
      };
    },
  },
  {
    kind: 'enqueue',
    operation: 'graphql/enqueuePullRequest',
    async prepare(bench) {
      const { local, repository } = bench.world;
      const { mergeQueue } = repository;
      const admin = local.repository(name);
      admin.setRules('main', { mergeQueue: true, requiredChecks: ['ci'] });
      const { number, sha } = await newPull(bench);
      await admin.reportCheck({ sha, name: 'ci', conclusion: 'success' });
      return {
        call: () =>
          bench.ensure({
            key: 'queue',
            kind: 'merge-queue',
            intent: {},
            look: async () => {
              const place = await mergeQueue.look(number);
              return place.queued ? place.id : undefined;
            },
            act: async () => {
              const result = await mergeQueue.enqueue({ number, sha });
              if (result.queued) return result.id;
              throw new Error(result.refused);
            },
          }),
        count: async () => (await mergeQueue.groups('main', number)).length,
      };
    },
  },
];
