import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../run/user-error.ts';
import { loadScenario } from './scenario/load.ts';
import { openScenario } from './scenario/run-scenario.ts';
import { playSuite } from './scenario/suite.ts';
import { openTerminal } from './terminal/terminal.ts';

export interface ScenarioCommandOptions {
  sandbox: 'auto' | 'docker' | 'process';
  json: boolean;
  /** Of a folder of scenarios: only those whose names fit this glob. */
  only?: string | undefined;
  /** Of a folder of scenarios: how many are played at the same time; default: one for each core. */
  parallel?: number | undefined;
  command: readonly string[];
  env: Record<string, string>;
}

/**
 * Plays a scenario folder, or all scenarios of a folder, and prints what came of it.
 * Throws UserError when an expectation does not hold.
 */
export async function runScenarioCommand(folder: string, options: ScenarioCommandOptions): Promise<void> {
  const one = await stat(path.join(folder, 'scenario.yaml')).catch(() => undefined);
  return one || (await stat(folder).catch(() => undefined)) === undefined
    ? playOne(folder, options)
    : playSuite(folder, options);
}

async function playOne(folder: string, options: ScenarioCommandOptions): Promise<void> {
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
