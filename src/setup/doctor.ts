import { type Env, environment, readEnv } from '../config/env.ts';
import type { Source } from '../config/read-variables.ts';
import { UserError } from '../run/user-error.ts';
import { type Check, fail, ok } from './check.ts';
import { checkEngine } from './check-engine.ts';
import { checkGitHub } from './check-github.ts';
import { checkData, checkDisk, checkGit, checkNode } from './check-machine.ts';
import { checkModel } from './check-model.ts';

export interface DoctorOptions {
  /** Makes one call to the model service, which costs next to nothing. */
  live: boolean;
  /** Default: the environment, and `.env` beneath it. */
  source?: Source;
  signal?: AbortSignal;
}

/**
 * Looks at everything that the server needs; of all of it only the schema of the database may be brought up to date. What cannot be looked at because something
 * else is wrong is left out; the server would stop there as well. Rejects only on defects.
 */
export async function examine({ live, source = environment(), signal }: DoctorOptions): Promise<Check[]> {
  const machine = await Promise.all([checkNode(), checkGit(), checkEngine(source.SANDBOX_IMAGE, signal)]);
  const read = readSettings(source);
  if ('check' in read) return [...machine.flat(), read.check];
  const { env } = read;
  const rest = await Promise.all([
    ok('environment', 'Everything that is required is set and can be read.'),
    checkGitHub(env),
    checkModel(env, { live, signal }),
    checkData(env),
    checkDisk(env.dataDir),
  ]);
  return [...machine.flat(), ...rest.flat()];
}

function readSettings(source: Source): { env: Env } | { check: Check } {
  try {
    return { env: readEnv(source) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { check: fail('environment', error.message, error.next ?? 'Mend it and start again.') };
  }
}
