import { isAllowedRepository } from '../config/allowed-repositories.ts';
import type { Env } from '../config/env.ts';
import { type AboutApp, type App, appClient, createApp } from '../github/app.ts';
import { GitHubError } from '../github/github-error.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { type AppFile, readAppFile } from './manifest.ts';

/** GitHub shows less than a minute of patience with the clock of who signs. */
const mostSkewMs = 30_000;

/** The app as GitHub has it registered: does it answer, may it do what is needed, where do webhooks go. */
export async function checkGitHub(env: Env): Promise<Check[]> {
  const { apiUrl } = env.github;
  const app = createApp(appClient({ appId: env.appId, privateKey: env.privateKey.reveal(), apiUrl }));
  let about: AboutApp;
  try {
    about = await app.about();
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    return [refused(error, apiUrl)];
  }
  const file = await readAppFile();
  return [
    ok('github', `${apiUrl} knows the app ${about.slug}.`),
    checkClock(about.answeredAt, Date.now()),
    ...checkRights(about, file),
    ...(await checkWebhook(app, env)),
    ...(await checkCoverage(app, env, about)),
  ];
}

function refused(error: GitHubError, apiUrl: string): Check {
  if (error.kind === 'unauthorized' || error.kind === 'not-found') {
    return fail(
      'github',
      `${apiUrl} does not take the app's signature: ${error.words}`,
      'See that APP_ID and PRIVATE_KEY belong to the same app, and that the clock of this machine is right.',
    );
  }
  return fail(
    'github',
    `${apiUrl} gave no answer: ${error.words}`,
    'Let this machine out to it; see GITHUB_API_URL.',
  );
}

export function checkClock(theirs: number | undefined, ours: number): Check {
  const skew = theirs === undefined ? 0 : ours - theirs;
  if (Math.abs(skew) <= mostSkewMs) return ok('clock', 'The clock agrees with that of GitHub.');
  const words = `The clock is ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? 'ahead of' : 'behind'} GitHub's.`;
  return fail('clock', words, 'Set it by NTP: signatures are refused when it is off by a minute.');
}

/** What the app was granted against what `app.yml` asks for. */
export function checkRights(about: Pick<AboutApp, 'permissions' | 'events' | 'url'>, file: AppFile): Check[] {
  const settings = `On the app's page at GitHub (${about.url}), under "Permissions & events"`;
  const missing = Object.entries(file.default_permissions)
    .filter(([name, level]) => !covers(about.permissions[name], level))
    .map(([name, level]) => `${name}: ${level}`);
  const extra = Object.entries(about.permissions)
    .filter(([name, level]) => !covers(file.default_permissions[name], level))
    .map(([name, level]) => `${name}: ${level}`);
  const deaf = file.default_events.filter((event) => !about.events.includes(event));
  return [
    missing.length === 0
      ? ok('permissions', 'The app may do what it needs.')
      : fail(
          'permissions',
          `The app lacks ${missing.join(', ')}.`,
          `${settings}, grant them; owners then accept.`,
        ),
    ...(extra.length === 0
      ? []
      : [
          warn(
            'permissions',
            `The app may do more than it needs: ${extra.join(', ')}.`,
            `${settings}, take them away.`,
          ),
        ]),
    deaf.length === 0
      ? ok('events', 'The app hears of everything it needs.')
      : fail('events', `The app does not hear of ${deaf.join(', ')}.`, `${settings}, subscribe to them.`),
  ];
}

function covers(granted: string | undefined, needed: string): boolean {
  const levels = ['read', 'write', 'admin'];
  return granted !== undefined && levels.indexOf(granted) >= levels.indexOf(needed);
}

async function checkWebhook(app: App, env: Env): Promise<Check[]> {
  if (env.pollSeconds !== undefined) {
    return [ok('webhook', `It polls every ${env.pollSeconds} s; webhooks are not needed.`)];
  }
  const hook = await app.webhook().catch((error: unknown) => {
    // GitHub has no configuration for an app that was made without a webhook.
    if (error instanceof GitHubError) return { url: undefined, signed: false };
    throw error;
  });
  const next = 'Set it on the app\'s page at GitHub, under "Webhook"; or set POLL_SECONDS.';
  if (hook.url === undefined) return [fail('webhook', 'The app has no webhook address.', next)];
  if (!hook.signed)
    return [fail('webhook', 'The app has no webhook secret.', `${next} It must equal WEBHOOK_SECRET.`)];
  if (!new URL(hook.url).pathname.endsWith('/webhooks')) {
    return [warn('webhook', `Webhooks go to ${hook.url}; this server takes them at /webhooks.`, next)];
  }
  return [ok('webhook', `Webhooks go to ${hook.url}.`)];
}

async function checkCoverage(app: App, env: Env, about: AboutApp): Promise<Check[]> {
  const covered = await app.repositories();
  const worked = covered.filter((each) => isAllowedRepository(env.allowedRepositories, each));
  if (covered.length === 0) {
    return [
      warn('repositories', 'The app is installed nowhere.', `Install it: ${about.url}/installations/new`),
    ];
  }
  if (worked.length === 0) {
    const words = `The app is installed on ${covered.length}, and ALLOWED_REPOSITORIES leaves out all of them.`;
    return [warn('repositories', words, 'Widen the list.')];
  }
  return [
    ok('repositories', `${worked.length} of ${covered.length} that the app is installed on are worked for.`),
  ];
}
