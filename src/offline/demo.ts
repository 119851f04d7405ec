import { once } from 'node:events';
import path from 'node:path';
import { UserError } from '../run/user-error.ts';
import { createPage } from './page/page.ts';
import { loadScenario } from './scenario/load.ts';
import { openScenario } from './scenario/run-scenario.ts';
import { openTerminal } from './terminal/terminal.ts';

export interface DemoOptions {
  sandbox: 'auto' | 'docker' | 'process';
  /** End when the scenario has ended instead of keeping the page open. */
  exit: boolean;
  /** Program and arguments that start the app offline. */
  command: readonly string[];
  env: Record<string, string>;
}

const folder = path.join(import.meta.dirname, '../../fixtures/scenarios/slugify-feature');

/**
 * Plays one scenario with live progress, prints what a maintainer would read on GitHub, and keeps the local GitHub
 * open to be looked at. Throws UserError when an expectation of the scenario does not hold.
 */
export async function demo(options: DemoOptions): Promise<void> {
  const scenario = await loadScenario(folder);
  const terminal = openTerminal(process.stdout);
  try {
    terminal.print(
      `auto-build demo: ${scenario.description.trim()}`,
      'The issue, the model’s answers and the people are scripted; the server, git, tests and the gate are real.',
      '',
    );
    await using world = await openScenario(scenario, {
      sandbox: options.sandbox,
      command: options.command,
      env: options.env,
      onProgress: terminal.watch,
    });
    const page = await createPage(world.github);
    world.github.setPageHandler(page);
    if (!options.exit) terminal.print(`Watch it on ${world.github.url}`, '');
    const result = await world.play();
    const { repositories } = await world.github.snapshot();
    const repository = repositories[0];
    const comment = repository?.issues[0]?.comments.findLast(({ user }) => user.type === 'Bot');
    const pull = repository?.pulls[0];
    if (comment) terminal.markdown('The comment on the issue', comment.body);
    if (pull) terminal.markdown(`Pull request #${pull.number}: ${pull.title}`, pull.body ?? '');
    if (!result.ok) throw new UserError(`The demo did not end as it should:\n${result.failures.join('\n')}`);
    const seconds = (result.wallMs / 1000).toFixed(1);
    terminal.print(
      `Pull request #${pull?.number} is ${pull?.merged ? 'merged' : pull?.state}, after ${seconds} s.`,
    );
    if (options.exit) return;
    terminal.print(`Look at it on ${world.github.url}  (Ctrl-C ends the demo)`);
    await once(process, 'SIGINT');
  } finally {
    terminal.close();
  }
}
