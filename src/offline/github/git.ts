import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface GitOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

const rememberedResults = 500;

/** Runs git on repositories of the local GitHub, with its own configuration instead of the machine's. */
export class Git {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly #pure = new Map<string, Promise<GitResult>>();

  constructor(configFile: string) {
    this.env = {
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: configFile,
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
      // A hook that starts us would make git look at the hook's repository instead.
      GIT_DIR: undefined,
      GIT_WORK_TREE: undefined,
      GIT_INDEX_FILE: undefined,
      GIT_OBJECT_DIRECTORY: undefined,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
      GIT_NAMESPACE: undefined,
    };
  }

  /** Never throws for an exit code. */
  async try(dir: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
    const result = await execa('git', args, {
      cwd: dir,
      env: { ...this.env, ...options.env },
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
      stripFinalNewline: false,
      reject: false,
    });
    if (result.exitCode === undefined) throw new Error(`git ${args[0]} did not run`, { cause: result });
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  }

  /** Output as text, with its line ends; throws when git fails. */
  async text(dir: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
    return output(args, await this.try(dir, args, options));
  }

  /** Like `text`, remembered like `pure`. */
  async pureText(dir: string, args: readonly string[]): Promise<string> {
    return output(args, await this.pure(dir, args));
  }

  /** Like `try`, remembered: for commands whose answer only depends on the object names in their arguments. */
  async pure(dir: string, args: readonly string[]): Promise<GitResult> {
    const key = [dir, ...args].join('\0');
    const known = this.#pure.get(key);
    if (known) return known;
    if (this.#pure.size >= rememberedResults) this.#pure.clear();
    const result = this.try(dir, args);
    this.#pure.set(key, result);
    return result;
  }

  /** Output as it is, for blobs; throws when git fails. */
  async bytes(dir: string, args: readonly string[]): Promise<Buffer> {
    const result = await execa('git', args, {
      cwd: dir,
      env: { ...this.env },
      stdin: 'ignore',
      encoding: 'buffer',
      stripFinalNewline: false,
    });
    return Buffer.from(result.stdout);
  }

  /** Output as one trimmed word, for commands that print a name. */
  async word(dir: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
    return (await this.text(dir, args, options)).trim();
  }
}

function output(args: readonly string[], { exitCode, stdout, stderr }: GitResult): string {
  if (exitCode !== 0) throw new Error(`git ${args.join(' ')} exited with ${exitCode}: ${stderr.trim()}`);
  return stdout;
}

/** Writes the configuration that every git of the local GitHub reads. */
export async function openGit(dataDir: string): Promise<Git> {
  const file = path.join(dataDir, 'gitconfig');
  await writeFile(
    file,
    [
      '[user]\n\tname = GitHub\n\temail = noreply@github.com',
      '[core]\n\thooksPath = /dev/null\n\tfsmonitor = false\n\tquotePath = false',
      // Sources may belong to another user than the one who runs the bench.
      '[safe]\n\tdirectory = *',
      '[uploadpack]\n\tallowAnySHA1InWant = true',
      '[http]\n\treceivepack = true',
      '[receive]\n\thideRefs = refs/pull',
      '[gc]\n\tauto = 0',
      '[commit]\n\tgpgSign = false',
      '',
    ].join('\n'),
  );
  return new Git(file);
}
