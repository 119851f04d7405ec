/**
 * The git door: what the rest of the program may know about git. Everything works on bare repositories;
 * there is no work tree, so nothing that a repository or a model wrote is ever checked out on the host.
 */

/** Credentials for one remote operation. They travel in the environment of git only, never in argv or on disk. */
export interface GitAuth {
  username: string;
  token: string;
}

/** Asked for immediately before use, because installation tokens live for an hour. */
export type GitAuthProvider = () => Promise<GitAuth>;

export interface FetchRequest {
  /** `owner/name`; also the place of the mirror on disk. */
  repo: string;
  /** `https:`, `http:` or (where `openMirrors` allows it) `file:`; without credentials in it. */
  url: string;
  auth?: GitAuthProvider;
  /** A full ref (`refs/pull/3/head`) or commit id to fetch besides branches and tags. */
  ref?: string;
}

/** One file of a commit's tree. */
export interface TreeFile {
  path: string;
  mode: '100644' | '100755' | '120000' | '160000';
  /** Bytes of the blob; 0 for a submodule. */
  size: number;
  sha: string;
}

export interface CommitInfo {
  tree: string;
  parents: string[];
  /** Committer date. */
  date: Date;
  message: string;
}

export interface SourceTar {
  /** The exact bytes of the tree, as GNU tar; owner 0:0, times of the commit. */
  tar: Buffer;
  /** Paths that hold a Git LFS pointer instead of their content. */
  lfs: string[];
  /** Paths of submodules: empty directories in the tar. */
  submodules: string[];
}

export type Edit =
  | { kind: 'write'; path: string; content: Buffer; executable?: boolean }
  | { kind: 'delete'; path: string };

export interface ChangedFile {
  path: string;
  change: 'added' | 'modified' | 'deleted';
  /** Lines; 0 for a binary file. */
  additions: number;
  deletions: number;
}

/** A patch that passed intake: it exists as a checked tree in the bare repository. */
export interface Candidate {
  tree: string;
  base: string;
  files: ChangedFile[];
  /** Unified diff for readers: all but binary media, which is only named. `Mirror.patch` gives the complete one. */
  diff: string;
  insertions: number;
  deletions: number;
  /** Edits that were left out because dependencies (`node_modules`) are not part of a patch. */
  ignored: string[];
}

export interface IntakeLimits {
  /** Changed files. */
  edits: number;
  bytesPerFile: number;
  totalBytes: number;
  /** Entries of a work directory's tar, dependencies included. */
  tarEntries: number;
}

export interface Person {
  name: string;
  email: string;
}

export interface CommitRequest {
  tree: string;
  parents: string[];
  message: string;
  author: Person;
  /** Author and committer date, to the second, written as UTC: equal requests give equal ids. */
  date: Date;
}

export type ReplayResult = { clean: true; tree: string } | { clean: false; conflicts: string[] };

export interface PushRequest {
  url: string;
  auth?: GitAuthProvider;
  /** Only `refs/heads/auto-build/…` is ever written. */
  ref: string;
  sha: string;
  /** What the ref must point at on the server; null: it must not exist. */
  lease: string | null;
}

export interface PushResult {
  status: 'pushed' | 'up-to-date';
}

export interface MirrorsOptions {
  /** Where the mirrors live. One process at a time may use it. */
  dir: string;
  /** Default `git`, found on the standard system path. */
  gitPath?: string;
  /** Transports that a URL may use. Default https and http; `file` is for tests and rehearsals. */
  protocols?: Array<'https' | 'http' | 'file'>;
  limits?: Partial<IntakeLimits>;
}

export interface Mirrors {
  /**
   * Brings the mirror of a repository up to date: cloned once, then fetched. One fetch per repository at a time.
   * A damaged mirror is replaced by a new clone; unpushed candidates in it are lost and must be applied again.
   * @throws UserError when the repository is out of reach or the URL is refused; FetchLostError when there was no answer
   */
  fetch(request: FetchRequest, signal?: AbortSignal): Promise<Mirror>;
}

export interface Mirror {
  readonly repo: string;
  /** Commit id of a branch, tag, full ref or commit id. @throws UserError when there is no such commit. */
  resolve(ref: string): Promise<string>;
  commitInfo(sha: string): Promise<CommitInfo>;
  listFiles(sha: string): Promise<TreeFile[]>;
  /** Content of one regular file; undefined when there is none. @throws UserError above `capBytes`. */
  readFile(sha: string, path: string, capBytes: number): Promise<Buffer | undefined>;
  /** One commit's tree, without history. @throws UserError for trees that cannot be unpacked safely or above 512 MiB. */
  sourceTar(sha: string, signal?: AbortSignal): Promise<SourceTar>;
  /**
   * What a container did to its work directory, given as a tar of it and compared with the base commit.
   * Dependencies, a `.git` directory at the root and what `.gitignore` names are not part of it.
   * @throws UserError naming the path that cannot be part of a patch.
   */
  editsFromTar(request: { base: string; tar: Buffer }): Promise<Edit[]>;
  /** Patch intake: checks every edit, then writes a tree. @throws UserError naming the path that is refused. */
  applyEdits(request: { base: string; edits: Edit[] }): Promise<Candidate>;
  commit(request: CommitRequest): Promise<string>;
  /** Three-way merge of trees: what `from` → `candidate` changed, on top of `onto` (commits or trees). */
  replay(request: { candidate: string; from: string; onto: string }): Promise<ReplayResult>;
  /** @throws LeaseError when the ref moved, PushRefusedError when the server said no. */
  push(request: PushRequest, signal?: AbortSignal): Promise<PushResult>;
  /** Unified diff of two commits or trees for readers, the same bytes on every machine with the same git. */
  diff(a: string, b: string): Promise<string>;
  /** Like `diff`, with full ids and binary content: `git apply` gives `b` back. */
  patch(a: string, b: string): Promise<Buffer>;
}
