import path from 'node:path';
import { Command, Option } from 'commander';
import { demo } from './offline/demo.ts';
import { runScenarioCommand } from './offline/scenario-command.ts';
import { UserError } from './run/user-error.ts';
import { serve } from './main.ts';

const program = new Command('auto-build')
  .description('Label an issue, get back a reviewed, tested, scored pull request.')
  .showHelpAfterError();

const sandbox = () =>
  new Option('--sandbox <kind>', 'where commands of the repository run')
    .choices(['auto', 'docker', 'process'])
    .default('auto');

program
  .command('server')
  .description('take webhooks and work on runs; configured by environment variables (see .env.example)')
  .action(() => serve('server'));

program
  .command('offline-server', { hidden: true })
  .description('like server, for scenarios: GitHub and the model service must be on this machine')
  .action(() => serve('offline'));

program
  .command('demo')
  .description('play a labelled issue becoming a merged pull request, offline, and show it on a local page')
  .addOption(sandbox())
  .option('--exit', 'end when the pull request is merged instead of keeping the page open', false)
  .option('--port <number>', 'port of the local page', (text) => Number(text), 0)
  .action((options) => demo({ ...options, command: offlineServer() }));

const scenario = program.command('scenario').description('rehearse on a GitHub and a model of this machine');
scenario
  .command('run')
  .description('play a scenario folder; exits 0 only if every expectation holds (docs/scenarios.md)')
  .argument('<folder>')
  .addOption(sandbox())
  .option('--json', 'print the result as JSON', false)
  .action((folder, options) => runScenarioCommand(folder, { ...options, command: offlineServer() }));

/** How a scenario starts the app: this very program, as a process of its own. */
function offlineServer(): string[] {
  return [process.execPath, path.join(import.meta.dirname, 'cli.ts'), 'offline-server'];
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n${error.next ? `${error.next}\n` : ''}`);
  process.exitCode = 1;
}
