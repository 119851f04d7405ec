import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { jsonSchema, publishedFiles } from '../config/published.ts';
import { UserError } from '../run/user-error.ts';
import { backupCommand, restoreCommand } from './backup-commands.ts';
import { renderChecks } from './check.ts';
import { examine } from './doctor.ts';
import { explainCommand } from './explain-command.ts';
import { setup } from './setup-command.ts';
import { terminal } from './terminal.ts';

/** Adds the commands of whoever installs and runs auto-build. */
export function addSetupCommands(program: Command): void {
  program
    .command('setup')
    .description('make the GitHub App and write the env file, step by step')
    .option('--name <name>', 'name of the app, unique on GitHub')
    .option('--org <login>', 'the organisation that is to own the app, instead of you')
    .option('--github <address>', 'the site of your GitHub', 'https://github.com')
    .addOption(
      new Option('--webhook-url <address>', 'where GitHub can reach this server').conflicts('polling'),
    )
    .option('--polling', 'no webhooks: the server asks GitHub for news', false)
    // Not --env-file: node itself looks for that name, wherever it stands.
    .option('--output <path>', 'the env file that is written', '.env')
    .addOption(new Option('--port <number>', 'port of the local page').argParser(port))
    .action(async ({ output: envFile, ...options }) => {
      const { signal, done } = untilInterrupted();
      using talk = terminal(signal);
      await setup({ ...options, envFile }, talk, signal).finally(done);
    });

  program
    .command('doctor')
    .description('look at everything that the server needs; exits 1 if something must be mended')
    .option('--live', 'make one small call to each model', false)
    .option('--json', 'print the result as JSON', false)
    .action(async ({ live, json }) => {
      const checks = await examine({ live });
      process.stdout.write(json ? `${JSON.stringify(checks, null, 2)}\n` : renderChecks(checks));
      if (checks.some(({ level }) => level === 'fail')) process.exitCode = 1;
    });

  program
    .command('backup')
    .description('write a copy of the database, while the server goes on')
    .argument('<file>')
    .action(async (file) => void process.stdout.write(await backupCommand(file)));
  program
    .command('restore')
    .description('put such a copy back; stop the server first')
    .argument('<file>')
    .action(async (file) => void process.stdout.write(await restoreCommand(file)));

  const config = program
    .command('config')
    .description('what repositories are configured by (docs/configuration.md)');
  config
    .command('explain')
    .description('print the settings that hold for a repository, and where each comes from')
    .argument('[where]', 'a file, a checkout, or owner/name on GitHub', '.')
    .option('--organisation <file>', "a file with the organisation's defaults")
    .action(async (where, options) => {
      const { text, mistakes } = await explainCommand(where, options);
      process.stdout.write(`${text}\n`);
      if (mistakes) process.exitCode = 1;
    });
  config
    .command('schema')
    .description('print the JSON schema of .github/auto-build.yml')
    .action(() => void process.stdout.write(jsonSchema()));
  config
    .command('publish', { hidden: true })
    .description('write the files that are made from the schema and the table of variables')
    .action(async () => {
      const root = path.join(import.meta.dirname, '../..');
      for (const [file, text] of Object.entries(publishedFiles()))
        await writeFile(path.join(root, file), text);
    });
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('It must be a port.');
}

/** Ctrl-C ends what waits for somebody, so that it can tidy up. */
function untilInterrupted(): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const stop = () => controller.abort(new UserError('Interrupted.'));
  process.once('SIGINT', stop);
  return { signal: controller.signal, done: () => void process.off('SIGINT', stop) };
}
