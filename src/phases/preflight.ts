import { effectiveConfig, noLimits } from '../config/effective.ts';
import { repoConfigFile } from '../config/repo-settings.ts';
import type { Preflight } from '../run/artifacts.ts';
import type { Stack } from '../stacks/stack.ts';
import { type Phase, type PhaseOutcome, phase } from './phase.ts';

/**
 * Everything that can be known before a model is asked: may the starter still start it, is the repository one that we
 * can build and test, do its dependencies install. Each failure has its own words and costs nothing.
 */
export const preflight: Phase<'issue'> = phase({
  name: 'preflight',
  reads: ['issue'],
  async run(context) {
    const issue = await context.read('issue');
    const checks: Preflight['checks'] = [];
    const check = (name: string, ok: boolean, words: string) => {
      checks.push({ name, ok, words });
      return ok;
    };

    const role = await context.github.roleOf(issue.body.startedBy);
    const mayStart = ['write', 'maintain', 'admin'].includes(role);
    check(
      'permission',
      mayStart,
      mayStart
        ? `@${issue.body.startedBy} has ${role} access.`
        : `@${issue.body.startedBy} has ${role} access; starting a run needs write access. Somebody with write access can put the label on again.`,
    );
    const about = await context.github.about();
    check(
      'repository',
      !about.archived,
      about.archived
        ? 'The repository is archived: nothing can be pushed to it. Unarchive it first.'
        : 'The repository can be written to.',
    );
    if (checks.some((each) => !each.ok)) return refuse(checks, context.sandbox.describe);

    const source = await context.source();
    const config = effectiveConfig({
      repository: await source.files.read(repoConfigFile),
      organisation: await context.github.ownerFile(repoConfigFile),
      operator: noLimits,
    });
    if ('errors' in config) {
      const words = config.errors.map(({ words }) => words).join('\n');
      check(
        'configuration',
        false,
        `${words}\nMend the file on the default branch and put the label on again.`,
      );
      return refuse(checks, context.sandbox.describe, source.stack);
    }
    check('configuration', true, 'The configuration is valid.');
    check('stack', true, source.stack.describe);
    const environment = await source.environment(context.signal);
    check(
      'dependencies',
      true,
      environment ? 'Dependencies are installed.' : 'The repository has no dependencies.',
    );
    const { describe, commands } = source.stack;
    const body = { checks, stack: describe, sandbox: context.sandbox.describe, commands };
    return { made: [{ kind: 'preflight', body, result: { pass: true } }], words: describe };
  },
});

function refuse(
  checks: Preflight['checks'],
  sandbox: string,
  stack?: Pick<Stack, 'describe' | 'commands'>,
): PhaseOutcome {
  const words = checks
    .filter((check) => !check.ok)
    .map((check) => check.words)
    .join(' ');
  const body = {
    checks,
    stack: stack?.describe ?? '',
    sandbox,
    commands: stack?.commands ?? { install: '', test: '' },
  };
  return { made: [{ kind: 'preflight', body, result: { pass: false, cause: 'preflight-refused', words } }] };
}
