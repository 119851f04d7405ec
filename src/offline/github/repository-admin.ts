import { createCheck, updateCheck } from './check-actions.ts';
import { resolveCommit } from './git-read.ts';
import { type Host, personActor } from './host.ts';
import type { CheckReport, RepositoryAdmin } from './public-types.ts';
import { deleteRepository, removeFromApp, renameRepository, setArchived } from './repository-life.ts';
import { seedIssues } from './seed-issues.ts';
import type { Repository } from './world.ts';
import type { CheckRun, ReportingApp } from './world-checks.ts';
import { completeRules } from './world-rules.ts';

/** A repository in the hands of its owner, and of the CI that is connected to it. */
export function repositoryAdmin(host: Host, repo: Repository): RepositoryAdmin {
  return {
    setRules(branch, rules) {
      if (rules === null) repo.rules.delete(branch);
      else repo.rules.set(branch, completeRules(host.world.nextId() % 10_000_000, rules));
    },
    allowAutoMerge(allowed) {
      repo.allowAutoMerge = allowed;
    },
    archive: () => setArchived(host, repo, true),
    unarchive: () => setArchived(host, repo, false),
    rename: (name) => renameRepository(host, repo, name),
    delete: () => deleteRepository(host, repo),
    removeFromApp: () => removeFromApp(host, repo),
    reportCheck: async (report) => ({ id: (await reportCheck(host, repo, report)).id }),
    seedIssues: (issues) => seedIssues(host, repo, issues),
  };
}

/** Ids of other apps: GitHub Actions has the one it has on github.com. */
const knownApps: Readonly<Record<string, number>> = { 'github-actions': 15368 };

function reportingApp(slug: string): ReportingApp {
  const made = [...slug].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 900_000, 7);
  return { slug, id: knownApps[slug] ?? 100_000 + made };
}

async function reportCheck(host: Host, repo: Repository, report: CheckReport): Promise<CheckRun> {
  const headSha = await resolveCommit(host.git, repo.dir, report.sha);
  if (!headSha) throw new Error(`${repo.name} has no commit or branch ${report.sha}`);
  const app = reportingApp(report.app ?? 'github-actions');
  const actor = personActor(host.world.addAccount(`${app.slug}[bot]`, 'Bot'));
  const { name, conclusion, title, summary } = report;
  const input = {
    ...(conclusion === undefined ? { status: 'in_progress' as const } : { conclusion }),
    ...(title === undefined && summary === undefined ? {} : { output: { title, summary } }),
  };
  const running = [...repo.checkRuns.values()].findLast(
    (run) => run.headSha === headSha && run.app.id === app.id && run.name === name,
  );
  if (!running || running.status === 'completed') {
    return createCheck(host, repo, { app, actor }, { ...input, name, headSha });
  }
  await updateCheck(host, repo, actor, running, input);
  return running;
}
