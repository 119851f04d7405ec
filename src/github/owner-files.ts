import { branchesOf } from './branches.ts';
import type { Read } from './door.ts';
import type { RepositoryRef } from './types.ts';

/** By GitHub's convention, what holds for all repositories of an owner is kept in this one. */
const defaultsRepository = '.github';
const rememberMs = 60_000;

interface OwnerFile {
  text: string;
  name: string;
}

/** Files of the owner's `.github` repository, on its default branch; each asked for once a minute at most. */
export function createOwnerFiles(ports: {
  /** Another repository of the installation by its name; undefined when the installation does not cover it. */
  sibling(ref: RepositoryRef, name: string): Promise<RepositoryRef | undefined>;
  read(ref: RepositoryRef): Read;
}): {
  read(ref: RepositoryRef, path: string): Promise<OwnerFile | undefined>;
} {
  const known = new Map<string, { file: Promise<OwnerFile | undefined>; until: number }>();

  async function look(ref: RepositoryRef, path: string): Promise<OwnerFile | undefined> {
    const there = await ports.sibling(ref, defaultsRepository);
    if (!there) return undefined;
    const place = { owner: there.owner, repo: there.name };
    const branches = branchesOf({ read: ports.read(there), place });
    const text = await branches.readFile(path, (await branches.about()).defaultBranch);
    return text === undefined ? undefined : { text, name: `${place.owner}/${place.repo}:${path}` };
  }

  return {
    read(ref, path) {
      // The repository's own file comes first here as well: in `.github` itself the two are one.
      if (ref.name === defaultsRepository) return Promise.resolve(undefined);
      const key = JSON.stringify([ref.installationId, ref.owner, path]);
      const before = known.get(key);
      if (before && before.until > Date.now()) return before.file;
      const file = look(ref, path);
      known.set(key, { file, until: Date.now() + rememberMs });
      file.catch(() => known.delete(key));
      return file;
    },
  };
}
