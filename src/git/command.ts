import { execa } from 'execa';
import { GitError, type SimpleGit, simpleGit } from 'simple-git';
import { type GitSettings, gitEnvironment, secretsOf } from './environment.ts';
import type { GitAuth } from './types.ts';

const MAX_OUTPUT_BYTES = 1024 ** 3;

/** A git process that ended badly; what it said, without the token. */
export class GitCommandError extends GitError {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: string, result: { exitCode?: number; stdout: string; stderr: string }) {
    super(undefined, `git ${command} ended with ${result.exitCode ?? 'a signal'}: ${result.stderr.trim()}`);
    this.exitCode = result.exitCode;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
  }
}

export interface RunOptions {
  input?: Buffer | string;
  env?: Record<string, string>;
  /** Exit codes that are answers, not failures. Default: 0 only. */
  expect?: readonly number[];
  signal?: AbortSignal;
}

/** One bare repository and the only two ways to run git on it. */
export interface BareRepository {
  readonly dir: string;
  /** To be called when something that must be there cannot be read: the next fetch looks closer, and repairs. */
  markSuspect(): void;
  /** Plumbing: bytes in, bytes out, exit code checked. @throws GitCommandError */
  run(
    args: readonly string[],
    options?: RunOptions,
  ): Promise<{ stdout: Buffer; stderr: string; exitCode: number }>;
  /** Talks to a remote, with the token in the environment. @throws GitCommandError, redacted */
  client(remote: { url: string; auth?: GitAuth; signal?: AbortSignal }): SimpleGit;
}

/** @param markSuspect also told of every unexpected end of a command */
export function openBareRepository(
  settings: GitSettings,
  dir: string,
  markSuspect: () => void = () => {},
): BareRepository {
  return {
    dir,
    markSuspect,

    async run(args, options = {}) {
      const result = await execa(settings.gitPath, args, {
        cwd: dir,
        env: { ...gitEnvironment(settings, dir), ...options.env },
        extendEnv: false,
        encoding: 'buffer',
        input: options.input ?? '',
        maxBuffer: MAX_OUTPUT_BYTES,
        reject: false,
        stripFinalNewline: false,
        cancelSignal: options.signal,
      });
      options.signal?.throwIfAborted();
      const stderr = Buffer.from(result.stderr).toString();
      if (result.exitCode !== undefined && (options.expect ?? [0]).includes(result.exitCode)) {
        return { stdout: Buffer.from(result.stdout), stderr, exitCode: result.exitCode };
      }
      markSuspect();
      throw new GitCommandError(args[0] ?? '', {
        exitCode: result.exitCode,
        stdout: '',
        stderr: stderr || (result.originalMessage ?? ''),
      });
    },

    client({ url, auth, signal }) {
      const env = gitEnvironment(settings, dir, auth && { url, auth });
      const redact = redactor(auth);
      return simpleGit({
        baseDir: dir,
        binary: settings.gitPath,
        abort: signal,
        allowEnvironment: Object.keys(env).filter((name) => name.startsWith('GIT_')),
        // Every one of these is set by us, to switch the feature off.
        unsafe: {
          allowUnsafeConfigEnvCount: true,
          allowUnsafeConfigPaths: true,
          allowUnsafeCredentialHelper: true,
          allowUnsafeFsMonitor: true,
          allowUnsafeHooksPath: true,
        },
        errors(error, { exitCode, stdOut, stdErr }) {
          if (exitCode === 0 && !error) return undefined;
          const said = Buffer.concat(stdErr).toString() || (error instanceof Error ? error.message : '');
          return new GitCommandError('remote', {
            exitCode,
            stdout: redact(Buffer.concat(stdOut).toString()),
            stderr: redact(said),
          });
        },
      }).env(env);
    },
  };
}

function redactor(auth: GitAuth | undefined): (text: string) => string {
  const secrets = auth ? secretsOf(auth) : [];
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}
