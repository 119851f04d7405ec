import { z } from 'zod';
import { defaultBudgets } from '../run/facts.ts';

/** One environment variable: how it is read, and what a person has to know about it. */
export interface Variable {
  schema: z.ZodType<unknown, string | undefined>;
  what: string;
  /** Where the value comes from, for those that only the operator can know. */
  where?: string;
  required?: true;
  secret?: true;
  /** In words or as a value, for those that have one. */
  default?: string;
  /** Set by somebody else (npm, the bench), so not in `.env.example`. */
  internal?: true;
}

const text = z.string().trim().min(1);
const url = z.url({ protocol: /^https?$/, error: 'must be an address that begins with https:// or http://' });
const upTo = (max: number, unit: string) => {
  const error = `must be a number above 0 and up to ${max} (${unit})`;
  return z
    .string()
    .regex(/^\d+(\.\d+)?$/, error)
    .transform(Number)
    .pipe(z.number().gt(0, error).max(max, error));
};
const defaultMinutes = defaultBudgets.activeMs / 60_000;
const port = 'must be a port, 0 to 65535';
const wholeFrom = (min: number, max: number, unit: string) => {
  const error = `must be a whole number of ${unit}, ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,6}$/, error)
    .transform(Number)
    .pipe(z.number().min(min, error).max(max, error));
};
const yesOrNo = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true');
const repositories = 'must be owner/name, separated by commas, with * for any part of a name';
const repositoryList = z
  .string()
  .default('')
  .transform((value) => value.split(/[\s,]+/).filter(Boolean))
  .pipe(z.array(z.string().regex(/^[\w.*-]+\/[\w.*-]+$/, repositories)));

/** Everything that the server is told by its environment; its docs are made from this. */
export const variables = {
  APP_ID: {
    schema: z
      .string()
      .regex(/^\d{1,15}$/, 'must be a number')
      .transform(Number),
    what: 'The number of your GitHub App.',
    where:
      'the page of your app on GitHub (Settings › Developer settings › GitHub Apps), under "About": App ID',
    required: true,
  },
  PRIVATE_KEY: {
    schema: text.optional(),
    what: 'The private key of your GitHub App: the text of the .pem file, line breaks as \\n, or all of it in base64.',
    where: 'the page of your app on GitHub, under "Private keys": Generate a private key',
    secret: true,
  },
  PRIVATE_KEY_PATH: {
    schema: text.optional(),
    what: 'Instead of PRIVATE_KEY: the .pem file.',
    where: 'the page of your app on GitHub, under "Private keys": Generate a private key',
  },
  WEBHOOK_SECRET: {
    schema: z
      .string()
      .refine((value) => value !== 'development', 'must not be the well-known default "development"')
      .min(16, 'must have at least 16 characters'),
    what: 'What GitHub signs webhooks with; the same text as in the settings of your app.',
    where: 'you make it up (for example: openssl rand -hex 32) and paste it there, under "Webhook secret"',
    required: true,
    secret: true,
  },
  ANTHROPIC_API_KEY: {
    schema: text,
    what: 'Key for the model service.',
    where: 'the console of the model service, under "API keys"',
    required: true,
    secret: true,
  },
  ANTHROPIC_BASE_URL: {
    schema: url.optional(),
    what: 'Address of the model service, for a gateway of your own.',
    default: 'that of the official SDK',
  },
  GITHUB_API_URL: {
    schema: url.optional(),
    what: 'Address of the REST API. For GitHub Enterprise Server https://<host>/api/v3, or set GHE_HOST.',
    default: 'https://api.github.com',
  },
  GHE_HOST: { schema: text.optional(), what: 'Host of a GitHub Enterprise Server.' },
  GHE_PROTOCOL: {
    schema: z.enum(['https', 'http'], 'must be https or http').default('https'),
    what: 'Its protocol.',
    default: 'https',
  },
  PORT: {
    schema: z
      .string()
      .regex(/^\d{1,5}$/, port)
      .transform(Number)
      .pipe(z.number().max(65_535, port))
      .default(3000),
    what: 'Port for /webhooks and /healthz.',
    default: '3000',
  },
  HOST: {
    schema: text.default('127.0.0.1'),
    what: 'Address to listen on; 0.0.0.0 for all.',
    default: '127.0.0.1',
  },
  MODEL_STANDARD: {
    schema: text.optional(),
    what: 'Model that writes specifications, tests and code.',
    default: 'the newest Sonnet that was tried',
  },
  MODEL_STRONG: {
    schema: text.optional(),
    what: 'Model that reviews, and that builds when the other one did not succeed.',
    default: 'the newest Opus that was tried',
  },
  AUTO_BUILD_USD_PER_RUN: {
    schema: upTo(defaultBudgets.usd, 'US dollars').optional(),
    what: 'The most that one run may cost at the model service, in US dollars; repositories can only lower it.',
    default: String(defaultBudgets.usd),
  },
  AUTO_BUILD_MINUTES_PER_RUN: {
    schema: upTo(defaultMinutes, 'minutes').optional(),
    what: 'The most time that one run may work, waiting left out; repositories can only lower it.',
    default: String(defaultMinutes),
  },
  AUTO_BUILD_USD_PER_DAY: {
    schema: upTo(100_000, 'US dollars').optional(),
    what: 'The most that all runs together may cost in one day (UTC), in US dollars; then everything waits for the next day.',
    default: 'no limit besides those of each run and repository',
  },
  ALLOWED_REPOSITORIES: {
    schema: repositoryList,
    what: 'Repositories that are worked for, separated by commas; * stands for any part of a name: my-org/*, me/api-*.',
    default: 'all that the app is installed on',
  },
  DRY_RUN: {
    schema: yesOrNo,
    what: 'true: comment and patch only, nothing is pushed anywhere, whatever repositories say.',
    default: 'false',
  },
  STOP: {
    schema: yesOrNo,
    what: 'true: no run goes on. Without a restart: create the file STOP in DATA_DIR, and delete it to go on.',
    default: 'false',
  },
  POLL_SECONDS: {
    schema: wholeFrom(15, 3_600, 'seconds').optional(),
    what: 'Seconds between two looks at GitHub, for installations that webhooks cannot reach.',
    default: 'no polling: webhooks bring the news',
  },
  RETENTION_DAYS: {
    schema: wholeFrom(1, 3_650, 'days').optional(),
    what: 'Days after which webhook payloads and transcripts of model calls are deleted; what runs are made of stays.',
    default: 'they are kept',
  },
  DATA_DIR: {
    schema: text.default('.auto-build'),
    what: 'Folder for the database, mirrors of repositories and bundles.',
    default: '.auto-build',
  },
  SANDBOX: {
    schema: z.enum(['auto', 'docker', 'process'], 'must be auto or docker').default('auto'),
    what: 'Where code of repositories runs. auto takes Docker and says so where there is none.',
    default: 'auto',
  },
  SANDBOX_IMAGE: {
    schema: text.optional(),
    what: 'Base image for sandboxes, with node and npm.',
    default: 'a public Node image, else one built from the files of the host',
  },
  LOG_LEVEL: {
    schema: z
      .enum(
        ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
        'must be fatal, error, warn, info, debug, trace or silent',
      )
      .default('info'),
    what: 'How much is logged.',
    default: 'info',
  },
  NPM_REGISTRY: {
    schema: url.optional(),
    what: 'Registry that dependencies of repositories are installed from.',
    default: 'the registry that npm itself uses',
  },
  NODE_EXTRA_CA_CERTS: {
    schema: text.optional(),
    what: 'File with certificates of an internal authority, trusted here and where dependencies are fetched.',
  },
  npm_config_registry: {
    schema: url.optional(),
    what: 'The registry of npm; set by npm when it starts us.',
    internal: true,
  },
  npm_execpath: {
    schema: text.optional(),
    what: 'The file of npm itself; set by npm when it starts us.',
    internal: true,
  },
  DEBUG: {
    schema: text
      .refine(
        (value) => !value.split(/[\s,]+/).some((pattern) => /^(?:simple-git|[a-z-]*\*)/.test(pattern)),
        'must not cover simple-git, which would print tokens of GitHub; name other parts, such as express:*',
      )
      .optional(),
    what: 'Which libraries tell what they do, as their `debug` package reads it.',
    internal: true,
  },
  AUTO_BUILD_CRASH_AT: {
    schema: text.optional(),
    what: 'Ends the process at a named point, to try recovery. The offline bench alone may set it.',
    internal: true,
  },
} as const satisfies Record<string, Variable>;
