import { effectiveConfig, noLimits } from '../../config/effective.ts';
import { repoConfigFile } from '../../config/repo-settings.ts';
import { assessFeasibility, feasibleAbove } from '../../gate/feasibility.ts';
import type { FrozenIssue, Preflight } from '../../run/artifacts.ts';
import type { Cause } from '../../run/facts.ts';
import type { Store } from '../../store/store.ts';
import { type Phase, type PhaseContext, type PhaseOutcome, phase } from '../phase.ts';
import type { Source } from '../source.ts';
import { lateEdits } from './edits.ts';
import { pastOf } from './history.ts';
import { alike, createIssueFiller, suspects } from './issue-index.ts';
import { openBlockers, openWork, placeInQueue } from './open-work.ts';
import { missingPermissions } from './permissions.ts';
import * as say from './words.ts';
import { riskyWorkflows } from './workflows.ts';

export interface PreflightPorts {
  store: Pick<Store, 'issues' | 'facts' | 'runsNotTerminal' | 'finishedRuns' | 'spentSince'>;
  /** US dollars of one day (UTC) for all repositories together; undefined: no limit. */
  operatorUsdPerDay: number | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  warn(error: unknown, words: string): void;
}

type Context = PhaseContext<'issue'>;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * Everything that can be known before a model is asked. Each refusal has its own words and costs nothing: what it is,
 * why, and what to do next. What a person or the world may still change is a wait and not an end.
 */
export function preflightPhase(ports: PreflightPorts): Phase<'issue'> {
  const filler = createIssueFiller(ports.store.issues, (error) =>
    ports.warn(error, 'The index of issues could not be brought up to date'),
  );
  return phase({
    name: 'preflight',
    reads: ['issue'],
    async run(context) {
      const issue = (await context.read('issue')).body;
      const found = createFindings(context);
      // Both take their time, and neither needs the other.
      const opening = context.source();
      const filling = filler.upToDate(context.github);
      opening.catch(() => {});

      await checkAccess(context, issue, found);
      await checkBudget(context, ports, found);
      if (found.refused()) return found.end('preflight-refused');
      const source = await opening;
      found.tells({ stack: source.stack.describe, commands: source.stack.commands });
      await checkConfig(context, source, found);
      if (found.refused()) return found.end('preflight-refused');
      found.check('stack', true, source.stack.describe);

      const complete = await filling;
      const similar = await alike(ports.store.issues, context.github.ref.id, issue);
      await assess(context, ports, { issue, source, similar, found });
      const { head, base } = { head: context.run.branch, base: context.run.baseBranch };
      for (const risk of await riskyWorkflows(source.files, { head, base }))
        found.warn(say.riskyWorkflow(risk));
      if (!complete) found.warn(say.indexIncomplete);
      // People hear of it now; dependencies may take minutes to install.
      context.announce(found.body());
      if (found.refused()) return found.end('low-feasibility');

      const pulls = await context.github.around.openPullRequests();
      const blockers = await openBlockers(context.github, issue);
      found.check('blocked-by', blockers.length === 0, say.blockedBy(blockers));
      if (found.refused()) return found.end('blocked');
      const place = await placeInQueue(ports.store, { ...context.run, repoId: context.github.ref.id }, pulls);
      found.check('queue', place === 0, say.queue(place));
      if (found.refused()) return found.end('queued');

      await context.place();
      const environment = await source.environment(context.signal);
      found.check('dependencies', true, say.dependencies(environment !== undefined));
      const { assignees } = await context.github.issue(issue.number);
      const { branch } = context.run;
      const asked = { issue: { number: issue.number, assignees }, startedBy: issue.startedBy, branch, pulls };
      const work = openWork(asked);
      found.check('open-work', work.length === 0, work.length === 0 ? say.noOpenWork : work.join(' '));
      const same = await suspects(similar, issue.number, {
        github: context.github,
        index: ports.store.issues,
      });
      found.tells({ similar: same });
      const late = await lateEdits(context.github, issue);
      // First, because it is about the very text that the rest rests on; one answer counts for both.
      found.check('edits', late.length === 0, say.edits(late));
      found.check('duplicates', same.length === 0, say.duplicates(same));
      if (late.length > 0) return found.end('edited-late');
      return found.refused() ? found.end('duplicate-suspected') : found.pass();
    },
  });
}

async function checkAccess(context: Context, issue: FrozenIssue, found: Findings): Promise<void> {
  const { github } = context;
  const [role, about, granted] = await Promise.all([
    github.roleOf(issue.startedBy),
    github.about(),
    github.granted(),
  ]);
  const mayStart = ['write', 'maintain', 'admin'].includes(role);
  found.check('permission', mayStart, say.permission(issue.startedBy, role, mayStart));
  found.check('repository', !about.archived, say.repository(about.archived));
  const missing = missingPermissions(granted);
  found.check('app', missing.length === 0, say.appPermissions(missing));
}

/** What was spent today, before anything more is: by this repository, and by all of them together. */
async function checkBudget(context: Context, ports: PreflightPorts, found: Findings): Promise<void> {
  const since = Math.floor(ports.now() / dayMs) * dayMs;
  const repoId = context.github.ref.id;
  const { usdPerDay } = context.policy.budgets;
  const [ofRepository, ofAll] = await Promise.all([
    ports.store.spentSince(since, repoId),
    ports.operatorUsdPerDay === undefined ? 0 : ports.store.spentSince(since),
  ]);
  const caps = [
    { whose: 'repository' as const, spent: ofRepository, cap: usdPerDay },
    { whose: 'operator' as const, spent: ofAll, cap: ports.operatorUsdPerDay ?? Number.POSITIVE_INFINITY },
  ];
  const used = caps.find(({ spent, cap }) => spent >= cap);
  found.check('budget', used === undefined, say.budget(used));
}

async function checkConfig(context: Context, source: Source, found: Findings): Promise<void> {
  const config = effectiveConfig({
    repository: await source.files.read(repoConfigFile),
    organisation: await context.github.ownerFile(repoConfigFile),
    operator: noLimits,
  });
  const errors = 'errors' in config ? config.errors.map(({ words }) => words) : [];
  found.check('configuration', errors.length === 0, say.configuration(errors));
}

async function assess(
  context: Context,
  ports: PreflightPorts,
  given: {
    issue: FrozenIssue;
    source: Source;
    similar: readonly { number: number; similarity: number }[];
    found: Findings;
  },
): Promise<void> {
  const { issue, source, similar, found } = given;
  const past = await pastOf(ports.store, context.github.ref.id, similar, context.policy.budgets);
  const paths = source.files.list();
  const { feasible, ...feasibility } = assessFeasibility({
    title: issue.title,
    body: issue.body,
    repository: {
      paths,
      stack: source.stack.describe,
      hasTests: paths.some((path) => source.stack.roleOf(path) === 'test'),
    },
    earlier: past.earlier,
  });
  found.tells({ feasibility, quote: past.quote });
  found.check('feasibility', feasible, say.feasibility(feasibility.score, feasibleAbove));
}

interface Findings {
  check(name: string, ok: boolean, words: string): void;
  warn(words: string): void;
  tells(more: Partial<Preflight>): void;
  refused(): boolean;
  body(): Preflight;
  pass(): PhaseOutcome;
  end(cause: Cause): PhaseOutcome;
}

function createFindings(context: Context): Findings {
  let body: Preflight = {
    checks: [],
    stack: '',
    sandbox: context.sandbox.describe,
    commands: { install: '', test: '' },
    feasibility: null,
    quote: null,
    similar: [],
    warnings: [],
  };
  return {
    check(name, ok, words) {
      body = { ...body, checks: [...body.checks, { name, ok, words }] };
    },
    warn(words) {
      body = { ...body, warnings: [...body.warnings, words] };
    },
    tells(more) {
      body = { ...body, ...more };
    },
    refused: () => body.checks.some(({ ok }) => !ok),
    body: () => body,
    pass: () => ({ made: [{ kind: 'preflight', body, result: { pass: true } }], words: body.stack }),
    end(cause) {
      const refusals = body.checks.filter(({ ok }) => !ok).map(({ words }) => words);
      const result = { pass: false as const, cause, words: refusals.join(' ') };
      return { made: [{ kind: 'preflight', body, result }] };
    },
  };
}
