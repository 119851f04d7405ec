import { UserError } from '../run/user-error.ts';
import { loadScenario } from './scenario/load.ts';
import { openScenario } from './scenario/run-scenario.ts';
import { openTerminal } from './terminal/terminal.ts';

export interface ScenarioCommandOptions {
  sandbox: 'auto' | 'docker' | 'process';
  json: boolean;
  command: readonly string[];
  env: Record<string, string>;
}

/** Plays a scenario folder and prints what came of it. Throws UserError when an expectation does not hold. */
export async function runScenarioCommand(folder: string, options: ScenarioCommandOptions): Promise<void> {
  const scenario = await loadScenario(folder);
  const terminal = options.json ? undefined : openTerminal(process.stdout);
  try {
    terminal?.print(`Scenario ${scenario.name}: ${scenario.description.trim()}`, '');
    await using world = await openScenario(scenario, {
      sandbox: options.sandbox,
      command: options.command,
      env: options.env,
      ...(terminal && { onProgress: terminal.watch }),
    });
    const result = await world.play();
    const { ok, failures, summary, wallMs, modelDelayMs } = result;
    if (options.json) {
      process.stdout.write(
        `${JSON.stringify({ scenario: scenario.name, ok, failures, ...summary, wallMs, modelDelayMs }, null, 2)}\n`,
      );
    }
    if (!ok)
      throw new UserError(
        `Scenario ${scenario.name} failed:\n${failures.map((each) => `- ${each}`).join('\n')}`,
      );
    terminal?.print(`Every expectation holds (${(wallMs / 1000).toFixed(1)} s).`);
  } finally {
    terminal?.close();
  }
}
