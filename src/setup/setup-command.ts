import path from 'node:path';
import { normalizePrivateKey } from '../config/private-key.ts';
import { convertManifest, type NewApp } from '../github/app.ts';
import { GitHubError } from '../github/github-error.ts';
import { UserError } from '../run/user-error.ts';
import { namesIn, writeEnvFile } from './env-file.ts';
import { buildManifest, readAppFile } from './manifest.ts';
import { startManifestFlow } from './manifest-flow.ts';

/** How setup talks to the person. */
export interface Conversation {
  tell(words: string): void;
  /** One line; `secret`: it is not echoed. Empty when the person only pressed Enter. */
  ask(question: string, options?: { secret?: boolean }): Promise<string>;
}

export interface SetupOptions {
  envFile: string;
  /** The site: https://github.com, or that of a GitHub Enterprise Server. */
  github: string;
  /** The organisation that is to own the app; undefined: the person. */
  org?: string | undefined;
  name?: string | undefined;
  webhookUrl?: string | undefined;
  /** For installations that webhooks cannot reach. */
  polling: boolean;
  /** Port of the local page; default: any free one. */
  port?: number | undefined;
}

const pollSeconds = '60';

/**
 * Makes the GitHub App by the manifest flow and writes what the server needs into the env file. Asks for what no
 * option says, and before anything in the file is replaced. Throws UserError.
 */
export async function setup(options: SetupOptions, talk: Conversation, signal: AbortSignal): Promise<void> {
  const { apiUrl, webUrl } = addressesOf(options.github);
  const known = await namesIn(options.envFile);
  const replaced = ['APP_ID', 'PRIVATE_KEY', 'PRIVATE_KEY_PATH', 'WEBHOOK_SECRET'].filter((name) =>
    known.has(name),
  );
  if (replaced.length > 0) {
    talk.tell(`${options.envFile} has ${replaced.join(', ')} already; a new app replaces them.`);
    if (!isYes(await talk.ask('Replace them? [y/N] '))) {
      throw new UserError('Nothing was changed.', { next: 'Use --output to write another file.' });
    }
  }
  const file = await readAppFile();
  const name =
    options.name ?? ((await talk.ask(`Name of the app, unique on GitHub [${file.name}]: `)) || file.name);
  if (name.length > 34) throw new UserError('The name of an app has 34 characters at most.');
  const webhookUrl = options.polling ? undefined : await webhookUrlOf(options.webhookUrl, talk);

  const owner = options.org === undefined ? '' : `/organizations/${encodeURIComponent(options.org)}`;
  const flow = await startManifestFlow(
    `${webUrl}${owner}/settings/apps/new`,
    (redirectUrl) => buildManifest(file, { name, webhookUrl, redirectUrl }),
    { signal, ...(options.port !== undefined && { port: options.port }) },
  );
  let app: NewApp;
  try {
    talk.tell(`Open ${flow.url} in a browser on this machine, and confirm at GitHub. Waiting …`);
    app = await convert(apiUrl, await flow.code);
  } finally {
    await flow.close();
  }
  const settings = settingsOf(app, { apiUrl, polling: webhookUrl === undefined, known });
  // At once: GitHub shows the key and the secret this one time.
  await writeEnvFile(options.envFile, settings);
  talk.tell(`The app ${app.slug} is made; its number, key and webhook secret are in ${options.envFile}.`);
  await askForModelKey(options.envFile, known, talk);
  talk.tell(nextSteps(app, options.envFile, webhookUrl));
}

function addressesOf(site: string): { apiUrl: string; webUrl: string } {
  if (!URL.canParse(site) || !/^https?:$/.test(new URL(site).protocol)) {
    throw new UserError(`${site} is not the address of a GitHub.`, { next: 'Give it as https://<host>.' });
  }
  const { origin, hostname, protocol, host } = new URL(site);
  if (hostname === 'github.com') return { apiUrl: 'https://api.github.com', webUrl: origin };
  if (hostname.endsWith('.ghe.com')) return { apiUrl: `${protocol}//api.${host}`, webUrl: origin };
  return { apiUrl: `${origin}/api/v3`, webUrl: origin };
}

async function webhookUrlOf(given: string | undefined, talk: Conversation): Promise<string | undefined> {
  const answer =
    given ??
    (await talk.ask(
      'Address at which GitHub can reach this server, e.g. https://auto-build.example.com (empty: none, it will poll): ',
    ));
  if (answer === '') return undefined;
  if (!URL.canParse(answer) || !/^https?:$/.test(new URL(answer).protocol)) {
    throw new UserError(`${answer} is not an address.`, {
      next: 'Give it as https://<host>, or choose --polling.',
    });
  }
  const url = new URL(answer);
  if (url.pathname === '/') url.pathname = '/webhooks';
  return url.href;
}

async function convert(apiUrl: string, code: string): Promise<NewApp> {
  try {
    return await convertManifest({ apiUrl, code });
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    throw new UserError(`GitHub did not hand out the new app: ${error.message}`, {
      next: 'Delete the half-made app in your settings at GitHub (Developer settings › GitHub Apps) and run setup again.',
      cause: error,
    });
  }
}

function settingsOf(
  app: NewApp,
  { apiUrl, polling, known }: { apiUrl: string; polling: boolean; known: ReadonlySet<string> },
): Record<string, string> {
  const key = normalizePrivateKey(app.privateKey);
  if (key === undefined || app.webhookSecret === undefined) {
    throw new UserError('GitHub made the app but handed out no private key or webhook secret.', {
      next: `Make them on the app's page (${app.url}) and put them into the env file by hand.`,
    });
  }
  // What an earlier app was reached by must not stand beside the new one: empty counts as not set.
  const emptied = ['PRIVATE_KEY_PATH', 'GHE_HOST', 'GITHUB_API_URL', 'POLL_SECONDS'].filter((name) =>
    known.has(name),
  );
  return {
    ...Object.fromEntries(emptied.map((name) => [name, ''])),
    APP_ID: String(app.id),
    PRIVATE_KEY: key,
    WEBHOOK_SECRET: app.webhookSecret,
    ...(apiUrl !== 'https://api.github.com' && { GITHUB_API_URL: apiUrl }),
    ...(polling && { POLL_SECONDS: pollSeconds }),
  };
}

async function askForModelKey(
  envFile: string,
  known: ReadonlySet<string>,
  talk: Conversation,
): Promise<void> {
  if (known.has('ANTHROPIC_API_KEY')) return;
  const key = await talk.ask('Key for the model service (ANTHROPIC_API_KEY; empty: later): ', {
    secret: true,
  });
  if (key !== '') await writeEnvFile(envFile, { ANTHROPIC_API_KEY: key });
  else talk.tell(`Put ANTHROPIC_API_KEY into ${envFile} before you start the server.`);
}

function nextSteps(app: NewApp, envFile: string, webhookUrl: string | undefined): string {
  const inPlace = path.resolve(envFile) === path.resolve('.env');
  const start = inPlace ? 'npm start' : `node_modules/.bin/node --env-file=${envFile} src/cli.ts server`;
  return [
    'Next:',
    `  1. Install the app on a repository: ${app.url}/installations/new`,
    '  2. See whether everything is in place: npm run auto-build -- doctor',
    `  3. Start the server: ${start}`,
    webhookUrl === undefined
      ? '     It asks GitHub for news every minute (POLL_SECONDS); webhooks are off.'
      : `     ${webhookUrl} has to reach it.`,
    '  4. Put the label auto-build on an issue.',
  ].join('\n');
}

function isYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer);
}
