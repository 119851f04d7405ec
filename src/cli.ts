import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { inheritedEnv } from './config/inherited-env.ts';
import { serve } from './main.ts';
import { UserError } from './run/user-error.ts';
import { addSetupCommands } from './setup/commands.ts';

// What stands in for the outside world is loaded only where it is asked for: an installation for production lacks it.
const program = new Command('auto-build')
  .description('Label an issue, get back a reviewed, tested, scored pull request.')
  .showHelpAfterError();

program
  .command('server')
  .description('take webhooks and work on runs; configured by environment variables (see .env.example)')
  .action(() => serve('server'));

addSetupCommands(program);

program
  .command('offline-server', { hidden: true })
  .description('like server, for scenarios: GitHub and the model service must be on this machine')
  .action(() => serve('offline'));

program
  .command('demo')
  .description('play a labelled issue becoming a merged pull request, offline, and show it on a local page')
  .addOption(sandboxOption())
  .option('--exit', 'end when the pull request is merged instead of keeping the page open', false)
  .action(async (options) => {
    const { demo } = await import('./offline/demo.ts');
    await demo({ ...options, ...offline() });
  });

program
  .command('scenario')
  .description('rehearse on a GitHub and a model of this machine')
  .command('run')
  .description(
    'play a scenario folder, or a folder of them; exits 0 only if every expectation holds (docs/scenarios.md)',
  )
  .argument('<folder>')
  .addOption(sandboxOption())
  .option('--only <glob>', 'of a folder of scenarios, those whose names fit')
  .addOption(
    new Option('--parallel <number>', 'how many at the same time; default: one for each core').argParser(
      wholeNumber,
    ),
  )
  .option('--json', 'print the result as JSON', false)
  .action(async (folder, options) => {
    const { runScenarioCommand } = await import('./offline/scenario-command.ts');
    await runScenarioCommand(folder, { ...options, ...offline() });
  });

function sandboxOption(): Option {
  return new Option('--sandbox <kind>', 'where commands of the repository run')
    .choices(['auto', 'docker', 'process'])
    .default('auto');
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1.');
}

/** How a scenario starts the app: this very program, as a process of its own. */
function offline() {
  const command = [process.execPath, path.join(import.meta.dirname, 'cli.ts'), 'offline-server'];
  return { command, env: inheritedEnv() };
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n${error.next ? `${error.next}\n` : ''}`);
  process.exitCode = 1;
}
