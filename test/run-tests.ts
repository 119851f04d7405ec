import { execFileSync, spawnSync } from 'node:child_process';

/**
 * `npm test`: what this machine can run in minutes. Tests that need a Docker engine are left out where none answers, and
 * whole runs of the app unless `--slow` asks for them; what is left out is counted, with how to run it. CI leaves
 * nothing out.
 */
const isCi = Boolean(process.env.CI);
const wantsSlow = isCi || process.argv.includes('--slow');
const passed = process.argv.slice(2).filter((argument) => argument !== '--slow');
const engine = dockerEngine();

if (!engine && isCi) {
  console.error('CI leaves nothing out, but no Docker engine answers: `.ci/run` starts one.');
  process.exit(1);
}
const projects = ['unit', ...(wantsSlow ? ['slow'] : []), ...(engine ? ['docker'] : [])];
const { status } = spawnSync(
  'vitest',
  ['run', ...projects.flatMap((name) => ['--project', name]), ...passed],
  {
    stdio: 'inherit',
  },
);
if (!engine) {
  console.log(
    `Left out: ${countTests('docker')} tests that need a Docker engine. Start one that you may use (\`docker version\` answers), then \`npm test\` runs them too.`,
  );
}
if (!wantsSlow)
  console.log(`Left out: ${countTests('slow')} whole runs of the app; \`npm test -- --slow\` runs them too.`);
if (engine && wantsSlow) console.log(`Nothing left out: containers ran on Docker ${engine}.`);
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
    throw new Error(`The tests of ${project} could not be counted.`);
  }
}
