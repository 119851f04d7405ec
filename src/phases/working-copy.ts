import path from 'node:path';
import { endOfTar, writeMember } from '../git/tar-format.ts';
import type { Mirror, TreeFile } from '../git/types.ts';
import type { Container, ExecResult } from '../sandbox/sandbox.ts';

/** The files that the builder works on, as its container has them. Paths are relative to the repository's root. */
export interface WorkingCopy {
  /** Throws the words of the container when there is no such text. */
  read(path: string, signal: AbortSignal): Promise<string>;
  write(path: string, content: string, signal: AbortSignal): Promise<void>;
  /** Runs a shell command at the root, with everything that was written in place. */
  run(command: string, timeoutMs: number, signal: AbortSignal): Promise<ExecResult>;
  /** All of it, as an uncompressed tar. */
  tar(): Promise<Buffer>;
}

export interface WorkingCopyOptions {
  mirror: Pick<Mirror, 'listFiles' | 'readFile'>;
  /** What the container was filled with. */
  tree: string;
  /** As soon as it is ready. */
  container(): Promise<Container>;
}

const maxBytes = 1024 * 1024;

/**
 * Until the first command has run, nobody but us can have changed a file: what git knows is read from git, and what is
 * written waits to be put in place all at once. That spares most calls of a container, each of which costs more than
 * what it does. Whatever is not plain (links, folders, paths that lead elsewhere) is the container's business.
 */
export function openWorkingCopy({ mirror, tree, container }: WorkingCopyOptions): WorkingCopy {
  const written = new Map<string, string>();
  let inTree: Promise<Map<string, TreeFile['mode']>> | undefined;
  let touched = false;

  const files = () => {
    inTree ??= mirror
      .listFiles(tree)
      .then((list) => new Map(list.map((file) => [file.path, file.mode] as const)));
    return inTree;
  };

  /** The path of what is, or can become, a regular file and nothing else; undefined when that is not plain. */
  async function plain(asked: string): Promise<string | undefined> {
    const name = path.posix.normalize(asked);
    if (touched || path.posix.isAbsolute(name) || /^(?:\.\.?|node_modules|\.git)(?:\/|$)|\/$/.test(name))
      return undefined;
    const known = await files();
    const above = name.split('/').flatMap((_, at, parts) => (at > 0 ? [parts.slice(0, at).join('/')] : []));
    if (above.some((folder) => known.has(folder) || written.has(folder))) return undefined;
    const isFolder = [...known.keys(), ...written.keys()].some((each) => each.startsWith(`${name}/`));
    const mode = known.get(name);
    return isFolder || (mode !== undefined && !mode.startsWith('100')) ? undefined : name;
  }

  /** Puts what was written where the container has it. From then on the container alone knows its files. */
  async function inPlace(): Promise<Container> {
    const there = await container();
    touched = true;
    if (written.size === 0) return there;
    const known = await files();
    const now = new Date();
    const members = [...written].flatMap(([name, content]) => {
      const mode = known.get(name) === '100755' ? 0o755 : 0o644;
      return writeMember({ path: name, type: 'file', mode, content: Buffer.from(content) }, now);
    });
    const names = [...written.keys()];
    // Also when it fails: asked again it would fail again, and nothing else could be done any more.
    written.clear();
    await there.putTar(Buffer.concat([...members, endOfTar()]), there.workdir).catch((cause: unknown) => {
      throw new Error(`These files could not be written, write them again: ${names.join(', ')}.`, { cause });
    });
    return there;
  }

  return {
    async read(asked, signal) {
      const name = await plain(asked);
      const held = name === undefined ? undefined : written.get(name);
      if (held !== undefined) return held;
      const mode = name === undefined ? undefined : (await files()).get(name);
      if (name !== undefined && mode !== undefined) {
        const blob = await mirror.readFile(tree, name, maxBytes).catch(() => undefined);
        if (blob) return blob.toString('utf8');
      }
      const argv = ['cat', '--', asked];
      const there = await inPlace();
      const result = await there.exec({ argv, outputBytes: maxBytes, leavesNothing: true }, signal);
      if (result.truncated) throw new Error(`${asked} is larger than 1 MiB: read parts of it with bash.`);
      if (result.exitCode !== 0) throw new Error(`${asked} cannot be read: ${result.stderr.trim()}`);
      return result.stdout;
    },

    async write(asked, content, signal) {
      const name = await plain(asked);
      if (name !== undefined) {
        written.set(name, content);
        return;
      }
      const script = 'mkdir -p -- "$(dirname -- "$1")" && cat > "$1"';
      const argv = ['sh', '-c', script, 'sh', asked];
      const there = await inPlace();
      const result = await there.exec({ argv, stdin: content, leavesNothing: true }, signal);
      if (result.exitCode !== 0) throw new Error(`${asked} cannot be written: ${result.stderr.trim()}`);
    },

    run: async (command, timeoutMs, signal) =>
      (await inPlace()).exec({ argv: ['sh', '-c', command], timeoutMs }, signal),

    async tar() {
      const there = await inPlace();
      return there.getTar(there.workdir);
    },
  };
}
