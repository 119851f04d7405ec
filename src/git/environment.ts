import path from 'node:path';
import type { GitAuth } from './types.ts';

/** What every git process of one set of mirrors has in common. */
export interface GitSettings {
  gitPath: string;
  /** An empty directory of our own, so that no personal configuration is found. */
  home: string;
  protocols: readonly string[];
}

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Command scope: stronger than anything that a repository's own files say. */
const HARDENED_CONFIG: ReadonlyArray<readonly [key: string, value: string]> = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  // From git 2.43 on, bare repositories read .gitattributes of HEAD; they could choose how a merge or diff is made.
  ['attr.tree', EMPTY_TREE],
  ['core.protectNTFS', 'true'],
  ['core.protectHFS', 'true'],
  ['credential.helper', ''],
  ['transfer.credentialsInUrl', 'die'],
  ['fetch.recurseSubmodules', 'false'],
  // A minute without a byte ends a transfer. An aborted git leaves its HTTP helper behind, waiting: this ends it too.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
  // Candidates are unreachable until they are pushed: nothing may prune them.
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
];

/**
 * The whole environment of a git process: nothing is inherited. The token is in it as an HTTP header
 * that is sent to the origin of `url` only; argv is readable by every user of the machine, this is not.
 * @param dir the bare repository; named explicitly so that git never goes looking for one
 */
export function gitEnvironment(
  settings: GitSettings,
  dir: string,
  remote?: { url: string; auth: GitAuth },
): Record<string, string> {
  const config = [...HARDENED_CONFIG];
  if (remote) {
    config.push([
      `http.${new URL(remote.url).origin}/.extraHeader`,
      `Authorization: Basic ${basic(remote.auth)}`,
    ]);
  }
  const env: Record<string, string> = {
    PATH: path.isAbsolute(settings.gitPath)
      ? `${path.dirname(settings.gitPath)}:${SYSTEM_PATH}`
      : SYSTEM_PATH,
    HOME: settings.home,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_DIR: dir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    // refs/replace of a hostile repository would show other content than the id promises.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_ALLOW_PROTOCOL: settings.protocols.join(':'),
    GIT_CONFIG_COUNT: String(config.length),
  };
  for (const [index, [key, value]] of config.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

/** Every form in which the token could come back in an answer, longest first. */
export function secretsOf(auth: GitAuth): string[] {
  return [basic(auth), encodeURIComponent(auth.token), auth.token].filter((secret) => secret !== '');
}

function basic(auth: GitAuth): string {
  return Buffer.from(`${auth.username}:${auth.token}`).toString('base64');
}
