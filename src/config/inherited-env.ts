import type { Source } from './read-variables.ts';

/**
 * What the app of a scenario inherits of the environment of whoever rehearses. Everything else that it is configured
 * by, the scenario decides: a real key has no business there.
 */
const inherited = [
  'PATH',
  'HOME',
  'USER',
  'TMPDIR',
  'LANG',
  'DOCKER_HOST',
  'DOCKER_CONFIG',
  'NODE_EXTRA_CA_CERTS',
  'NPM_REGISTRY',
  'npm_config_registry',
  'npm_execpath',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
];

// biome-ignore lint/style/noProcessEnv: src/config is the place
export function inheritedEnv(from: Source = process.env): Record<string, string> {
  return Object.fromEntries(
    inherited.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])),
  );
}
