import { execFileSync, spawnSync } from 'node:child_process';

/**
 * `npm test`: everything that this machine can run. Tests that need a Docker engine are left out where none answers,
 * and then they are counted, with how to run them; CI leaves nothing out.
 */
const passed = process.argv.slice(2);
const engine = dockerEngine();
const projects = engine ? ['unit', 'docker'] : ['unit'];
const leftOut = engine ? 0 : countTests('docker');

if (leftOut > 0 && process.env.CI) {
  console.error('CI leaves nothing out, but no Docker engine answers: `.ci/run` starts one.');
  process.exit(1);
}
const { status } = spawnSync(
  'vitest',
  ['run', ...projects.flatMap((name) => ['--project', name]), ...passed],
  {
    stdio: 'inherit',
  },
);
console.log(
  engine
    ? `Nothing left out: containers ran on Docker ${engine}.`
    : `Left out: ${leftOut} tests that need a Docker engine. Start one (its socket must be yours to use: \`docker version\`), then \`npm test\` runs them too.`,
);
process.exit(status ?? 1);

/** Version of the engine that answers; undefined when none does. */
function dockerEngine(): string | undefined {
  try {
    const format = ['version', '--format', '{{.Server.Version}}'];
    return execFileSync('docker', format, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    }).trim();
  } catch {
    return undefined;
  }
}

function countTests(project: string): number {
  const listed = spawnSync('vitest', ['list', '--project', project, '--json'], { encoding: 'utf8' });
  try {
    return (JSON.parse(listed.stdout) as unknown[]).length;
  } catch {
    console.error(listed.stderr);
    throw new Error('The tests that need Docker could not be counted.');
  }
}
