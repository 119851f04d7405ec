import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { OperatorLimits } from './effective.ts';
import { type GitHubAddress, githubAddress, isLoopback } from './github-address.ts';
import { normalizePrivateKey } from './private-key.ts';
import { type Problem, readVariables, refuse, type Source, type Values } from './read-variables.ts';
import { Secret } from './secret.ts';
import { variables } from './variables.ts';

/** What the server is told by its environment. */
export interface Env {
  appId: number;
  privateKey: Secret;
  webhookSecret: Secret;
  anthropic: { apiKey: Secret; baseUrl: string | undefined };
  github: GitHubAddress;
  port: number;
  host: string;
  /** Absolute. */
  dataDir: string;
  sandbox: 'auto' | 'docker' | 'process';
  sandboxImage: string | undefined;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Model ids. */
  models: { standard: string | undefined; strong: string | undefined };
  /** What the operator allows at most, whatever a repository says. */
  limits: OperatorLimits;
  /** Repositories that are worked for, `owner/name` with `*`; empty: all that the app is installed on. */
  allowedRepositories: string[];
  /** For all repositories together in one day (UTC); undefined: no limit of its own. */
  usdPerDay: number | undefined;
  /** Everything stands still while the variable is set, or while the file exists. */
  stop: { now: boolean; file: string };
  /** Seconds between two looks for news; undefined: webhooks bring them. */
  pollSeconds: number | undefined;
  /** After so many days payloads and transcripts are deleted; undefined: never. */
  retentionDays: number | undefined;
  npmRegistry: string | undefined;
  extraCaCerts: string | undefined;
  npmExecPath: string | undefined;
  /** Only ever set on the offline bench. */
  crashAt: string | undefined;
}

/**
 * Reads the environment, and beneath it `.env` in the current folder. Throws a UserError that names everything
 * missing or wrong, with what to set and where to get it; call it before anything listens.
 * @param offline the bench, whose GitHub and model service run on this machine: there alone a sandbox that does not
 *   isolate and crashes on purpose are allowed, because nobody else can send it work; it does not look at `.env`,
 *   because the keys there are real ones
 */
export function readEnv(source?: Source, { offline = false } = {}): Env {
  const { values, problems } = readVariables(variables, source ?? environment(!offline));
  const privateKey = readPrivateKey(values, problems);
  const github = readGitHub(values, problems);
  const atHome =
    offline &&
    github !== undefined &&
    isLoopback(github.apiUrl) &&
    values.ANTHROPIC_BASE_URL !== undefined &&
    isLoopback(values.ANTHROPIC_BASE_URL);
  if (values.SANDBOX === 'process' && !atHome) {
    const words = 'must be docker or auto: process isolates nothing, and strangers send us work.';
    problems.push({ name: 'SANDBOX', words });
  }
  if (values.AUTO_BUILD_CRASH_AT !== undefined && !atHome) {
    problems.push({ name: 'AUTO_BUILD_CRASH_AT', words: 'must not be set: it ends the process on purpose.' });
  }
  if (problems.length > 0 || privateKey === undefined || github === undefined) refuse(problems);
  return toEnv(values as Values<typeof variables>, privateKey, github);
}

/** The operator's limits alone, for whoever explains them; what else is missing or wrong does not matter there. */
export function readOperatorLimits(source?: Source): OperatorLimits {
  return toLimits(readVariables(variables, source ?? environment(true)).values);
}

/** Absolute; for commands that need nothing else. */
export function readDataDir(source: Source): string {
  const { values, problems } = readVariables({ DATA_DIR: variables.DATA_DIR }, source);
  if (values.DATA_DIR === undefined) refuse(problems);
  return path.resolve(values.DATA_DIR);
}

/** The environment as it is, for commands that tell what is wrong with it. */
export function environment(withFile = true): Source {
  const file = path.resolve('.env');
  return { ...(withFile && existsSync(file) && parseEnv(readFileSync(file, 'utf8'))), ...process.env };
}

type Read = Partial<Values<typeof variables>>;

function readPrivateKey(values: Read, problems: Problem[]): Secret | undefined {
  const { PRIVATE_KEY: given, PRIVATE_KEY_PATH: file } = values;
  const { what, where } = variables.PRIVATE_KEY;
  const name = given === undefined && file !== undefined ? 'PRIVATE_KEY_PATH' : 'PRIVATE_KEY';
  let text = given;
  if (text === undefined) {
    if (file === undefined) {
      problems.push({ name, words: `is not set, nor is PRIVATE_KEY_PATH. ${what} From: ${where}.` });
      return undefined;
    }
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      problems.push({ name, words: `names a file that cannot be read (${why}). From: ${where}.` });
      return undefined;
    }
  }
  const key = normalizePrivateKey(text);
  if (key === undefined) problems.push({ name, words: `does not hold an RSA private key. From: ${where}.` });
  return key === undefined ? undefined : new Secret(key);
}

function readGitHub(values: Read, problems: Problem[]): GitHubAddress | undefined {
  const { GITHUB_API_URL: given, GHE_HOST: host, GHE_PROTOCOL: protocol = 'https' } = values;
  if (given !== undefined && host !== undefined) {
    problems.push({ name: 'GITHUB_API_URL', words: 'and GHE_HOST are both set: keep one of them.' });
    return undefined;
  }
  const fromHost = host === undefined ? undefined : `${protocol}://${host}/api/v3`;
  const name = fromHost === undefined ? 'GITHUB_API_URL' : 'GHE_HOST';
  const api = fromHost ?? given ?? 'https://api.github.com';
  const address = URL.canParse(api) ? githubAddress(api) : undefined;
  if (address === undefined) {
    problems.push({
      name,
      words:
        'is not the address of a GitHub API: https://api.github.com, or https://<host>/api/v3 (GHE_HOST: <host>).',
    });
  }
  return address;
}

function toEnv(values: Values<typeof variables>, privateKey: Secret, github: GitHubAddress): Env {
  return {
    appId: values.APP_ID,
    privateKey,
    webhookSecret: new Secret(values.WEBHOOK_SECRET),
    anthropic: { apiKey: new Secret(values.ANTHROPIC_API_KEY), baseUrl: values.ANTHROPIC_BASE_URL },
    github,
    port: values.PORT,
    host: values.HOST,
    dataDir: path.resolve(values.DATA_DIR),
    sandbox: values.SANDBOX,
    sandboxImage: values.SANDBOX_IMAGE,
    logLevel: values.LOG_LEVEL,
    models: { standard: values.MODEL_STANDARD, strong: values.MODEL_STRONG },
    limits: toLimits(values),
    allowedRepositories: values.ALLOWED_REPOSITORIES,
    usdPerDay: values.AUTO_BUILD_USD_PER_DAY,
    stop: { now: values.STOP, file: path.join(path.resolve(values.DATA_DIR), 'STOP') },
    pollSeconds: values.POLL_SECONDS,
    retentionDays: values.RETENTION_DAYS,
    npmRegistry: values.NPM_REGISTRY ?? values.npm_config_registry,
    extraCaCerts: values.NODE_EXTRA_CA_CERTS,
    npmExecPath: values.npm_execpath,
    crashAt: values.AUTO_BUILD_CRASH_AT,
  };
}

function toLimits(values: Read): OperatorLimits {
  const {
    AUTO_BUILD_USD_PER_RUN: usd,
    AUTO_BUILD_MINUTES_PER_RUN: minutes,
    DRY_RUN: dryRun = false,
  } = values;
  return {
    budgets: {
      ...(usd !== undefined && { usd }),
      ...(minutes !== undefined && { activeMs: minutes * 60_000 }),
    },
    dryRun,
  };
}
