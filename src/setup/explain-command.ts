import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { readEnv, readOperatorLimits } from '../config/env.ts';
import { explainConfig } from '../config/explain.ts';
import { repoConfigFile } from '../config/repo-settings.ts';
import { appClient, createApp } from '../github/app.ts';
import { createGitHub } from '../github/github.ts';
import { UserError } from '../run/user-error.ts';

/**
 * What holds for a repository, and where each value comes from.
 * @param where a file, a checkout, or `owner/name` on GitHub, which needs the app's credentials in the environment
 * @param organisation for files: the file with the organisation's defaults
 */
export async function explainCommand(
  where: string,
  { organisation }: { organisation?: string | undefined },
): Promise<{ text: string; mistakes: boolean }> {
  const there = await stat(where).catch(() => undefined);
  if (there) {
    const file = there.isDirectory() ? path.join(where, repoConfigFile) : where;
    return explainConfig({
      repository: await textOf(file),
      organisation:
        organisation === undefined
          ? undefined
          : { text: await readFile(organisation, 'utf8'), name: organisation },
      operator: readOperatorLimits(),
    });
  }
  const [, owner, name] = /^([\w.-]+)\/([\w.-]+)$/.exec(where) ?? [];
  if (owner === undefined || name === undefined) {
    throw new UserError(`${where} is neither a file or folder nor owner/name.`, {
      next: 'Give the path of a checkout, or the name of a repository that the app is installed on.',
    });
  }
  return explainOnGitHub(owner, name);
}

async function explainOnGitHub(owner: string, name: string): Promise<{ text: string; mistakes: boolean }> {
  const env = readEnv();
  const client = appClient({
    appId: env.appId,
    privateKey: env.privateKey.reveal(),
    apiUrl: env.github.apiUrl,
  });
  const full = `${owner}/${name}`.toLowerCase();
  const ref = (await createApp(client).repositories()).find(
    (covered) => `${covered.owner}/${covered.name}`.toLowerCase() === full,
  );
  if (!ref) {
    throw new UserError(`The app is not installed on ${owner}/${name}.`, {
      next: 'Install it there, or give the path of a checkout.',
    });
  }
  const repository = createGitHub({ app: client }).repository(ref);
  return explainConfig({
    repository: await repository.readFile(repoConfigFile, ref.defaultBranch),
    organisation: await repository.ownerFile(repoConfigFile),
    operator: env.limits,
  });
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
