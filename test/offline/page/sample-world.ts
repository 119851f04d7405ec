import type {
  CheckRunSnapshot,
  LedgerEntry,
  RepositoryName,
  RepositorySnapshot,
  Snapshot,
} from '../../../src/offline/github/public-types.ts';
import type { PageSource } from '../../../src/offline/page/page.ts';

const mona = { login: 'mona', type: 'User' } as const;
const jules = { login: 'jules', type: 'User' } as const;
const bot = { login: 'auto-build[bot]', type: 'Bot' } as const;
const head = '4f1d2a6b9c0e8d7f6a5b4c3d2e1f0a9b8c7d6e5f';
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 20, 9, 30, seconds)).toISOString();

const label = { name: 'auto-build', color: '5319e7' };
const patch = [
  '@@ -1,4 +1,5 @@',
  "+export { slugify } from './slugify.js';",
  " export { titleCase } from './title-case.js';",
  " export { toAscii } from './to-ascii.js';",
  "-export { truncate } from './cut.js';",
  "+export { truncate } from './truncate.js';",
  " export { words } from './words.js';",
  '\\ No newline at end of file',
].join('\n');
const newFile = [
  '@@ -0,0 +1,6 @@',
  "+import { toAscii } from './to-ascii.js';",
  '+',
  '+/** A text as one part of a URL, at most 80 characters if nobody asks for more: <script>alert(1)</script> */',
  "+export function slugify(text, { separator = '-' } = {}) {",
  '+  return toAscii(text).toLowerCase().match(/[a-z0-9]+/g).join(separator);',
  '+}',
].join('\n');

function check(name: string, seconds: number, more: Partial<CheckRunSnapshot> = {}): CheckRunSnapshot {
  return {
    id: 1000 + seconds,
    name,
    headSha: head,
    externalId: null,
    status: 'completed',
    conclusion: 'success',
    startedAt: at(seconds),
    completedAt: at(seconds + 3),
    detailsUrl: null,
    title: 'Done',
    summary: null,
    text: null,
    annotations: [],
    ...more,
  };
}

const scoreTable = `| signal | weight | value | points |
|---|---:|---:|---:|
| acceptance: 6 of 6 contracts proven | .40 | 1.00 | .4000 |
| review: approved, 1 minor finding | .30 | .95 | .2850 |
| verification: suite green, 18 of 21 mutants killed | .30 | .95 | .2839 |
| **score** | | | **.9689 → merge** |`;

export const repository: RepositorySnapshot = {
  owner: 'acme',
  name: 'tiny-text',
  defaultBranch: 'main',
  headSha: head,
  branches: { main: head },
  files: ['.gitignore', 'README.md', 'package.json', 'src/index.js', 'src/slugify.js'],
  collaborators: { mona: 'write', jules: 'read' },
  labels: [label],
  issues: [
    {
      number: 1,
      url: '/acme/tiny-text/issues/1',
      title: 'Add slugify(text, options)',
      body: 'We build URLs from article titles.\n\n```js\nslugify("Hello, World!"); // hello-world\n```\n\n- [x] thought about\n- [ ] done\n\n<script>alert("issue")</script> <img src=x onerror=alert(1)> ![logo](https://example.com/a.png) [bad](javascript:alert(1)) and </div></article> out.',
      user: jules,
      state: 'closed',
      stateReason: 'completed',
      labels: [label, { name: 'enhancement', color: 'a2eeef' }],
      createdAt: at(0),
      updatedAt: at(31),
      closedAt: at(31),
      reactions: { eyes: ['auto-build[bot]'] },
      comments: [
        {
          id: 5,
          user: bot,
          body: '<!-- auto-build:status run=1 -->\n**auto-build** built this: **merged** in #2 with a score of **.97**.\n\n| | phase | time | cost |\n|---|---|---:|---:|\n| ✅ | preflight | 0.1 s | – |\n| ✅ | spec | 1.4 s | $0.03 |\n| ✅ | spec-review | 0.6 s | $0.01 |\n| ✅ | tests | 3.2 s | $0.02 |\n| ✅ | build (2nd candidate) | 2.6 s | $0.04 |\n| ✅ | acceptance | 4.1 s | – |\n\n<details><summary>What was repaired</summary>\n\nThe first candidate failed 2 sealed tests of C4.\n\n</details>',
          createdAt: at(2),
          updatedAt: at(31),
          reactions: {},
        },
      ],
      timeline: [
        { event: 'labeled', actor: mona, at: at(1), detail: 'auto-build' },
        { event: 'closed', actor: bot, at: at(31), detail: null },
      ],
    },
  ],
  pulls: [
    {
      number: 2,
      url: '/acme/tiny-text/pull/2',
      title: 'Add slugify(text, options)',
      body: `Fixes #1\n\nAdds \`slugify(text, options)\` on top of \`toAscii\`.\n\n### Contracts\n\n| contract | test | red on base | green here |\n|---|---|:-:|:-:|\n| C1 Lower-case words joined by one hyphen | C1/1–3 | ✔ | ✔ |\n| C4 \`maxLength\` keeps whole words | C4/1–5 | ✔ | ✔ |\n| C6 The other functions return what they returned | C6/1–2 | kept | ✔ |\n\n### Score\n\n${scoreTable}\n\n> Nothing was left undone.`,
      user: bot,
      state: 'closed',
      stateReason: null,
      labels: [],
      createdAt: at(25),
      updatedAt: at(31),
      closedAt: at(31),
      reactions: {},
      comments: [],
      timeline: [{ event: 'merged', actor: bot, at: at(31), detail: head }],
      draft: false,
      merged: true,
      mergedAt: at(31),
      mergedBy: 'auto-build[bot]',
      mergeCommitSha: head,
      head: { ref: 'auto-build/1-slugify', sha: head },
      base: { ref: 'main', sha: head },
      mergeableState: 'clean',
      requestedReviewers: [],
      commits: [
        {
          sha: head,
          message: 'Add slugify(text, options)\n\nFixes #1',
          author: 'auto-build[bot]',
          at: at(24),
        },
      ],
      files: [
        { path: 'src/index.js', previousPath: null, status: 'modified', additions: 2, deletions: 1, patch },
        {
          path: 'src/slugify.js',
          previousPath: null,
          status: 'added',
          additions: 6,
          deletions: 0,
          patch: newFile,
        },
        { path: 'logo.png', previousPath: null, status: 'added', additions: 0, deletions: 0, patch: null },
      ],
      diff: '',
      checks: [
        check('auto-build', 2, { title: '.97: merge', summary: scoreTable, completedAt: at(30) }),
        check('auto-build / acceptance', 16, {
          title: '6 of 6 contracts proven',
          summary: 'Three fresh runs, 20 tests each.',
        }),
        check('auto-build / suite', 20, { title: '16 of 16 tests as on base' }),
        check('auto-build / review', 22, {
          title: 'Approved, 1 minor finding',
          conclusion: 'neutral',
          annotations: [
            {
              path: 'src/slugify.js',
              startLine: 5,
              endLine: 5,
              level: 'notice',
              title: 'minor: design',
              message: 'match() returns null when nothing is left.',
            },
          ],
        }),
        check('ci / lint', 26, { status: 'in_progress', conclusion: null, completedAt: null, title: null }),
        check('ci / test', 26, { conclusion: 'failure', title: '1 test failed' }),
      ],
    },
  ],
};

export const ledger: LedgerEntry[] = [
  {
    id: 1,
    at: at(1),
    method: 'POST',
    path: '/repos/acme/tiny-text/issues/1/reactions',
    operation: 'reactions/create-for-issue',
    actor: 'auto-build[bot]',
    body: { content: 'eyes' },
    status: 201,
  },
  {
    id: 2,
    at: at(24),
    method: 'POST',
    path: '/acme/tiny-text.git/git-receive-pack',
    operation: 'git/receive-pack',
    actor: 'auto-build[bot]',
    body: null,
    status: 200,
  },
  {
    id: 3,
    at: at(30),
    method: 'PUT',
    path: '/repos/acme/tiny-text/pulls/2/merge',
    operation: 'pulls/merge',
    actor: null,
    body: { sha: head },
    status: 405,
  },
];

/** A world that can be changed while a page looks at it. */
export function sampleWorld(): PageSource & { repository: RepositorySnapshot } {
  return {
    repository,
    async snapshot(): Promise<Snapshot> {
      return { url: 'http://127.0.0.1:1', at: at(40), repositories: [this.repository] };
    },
    ledger: () => ledger,
    readFile: async (_repo: RepositoryName, _ref: string, path: string) =>
      path === 'README.md'
        ? '# tiny-text\n\nSmall functions.\n'
        : path === 'src/index.js'
          ? 'export {};\n'
          : undefined,
  };
}
