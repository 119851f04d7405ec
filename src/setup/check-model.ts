import type { Env } from '../config/env.ts';
import { defaultModels } from '../roles/models.ts';
import { probeModel } from '../roles/probe.ts';
import { type Check, fail, ok } from './check.ts';

const defaultAddress = 'https://api.anthropic.com';

/** Whether the model service answers; with `live` also whether it takes the key and knows both models. */
export async function checkModel(
  env: Env,
  { live, signal }: { live: boolean; signal?: AbortSignal | undefined },
): Promise<Check[]> {
  const address = env.anthropic.baseUrl ?? defaultAddress;
  if (!live) {
    try {
      await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
      return [ok('model service', `${address} answers; --live tries the key.`)];
    } catch {
      return [unreachable(address)];
    }
  }
  const names = new Set([
    env.models.standard ?? defaultModels.standard.id,
    env.models.strong ?? defaultModels.strong.id,
  ]);
  return Promise.all(
    [...names].map(async (model) => {
      const { apiKey, baseUrl } = env.anthropic;
      const result = await probeModel({ apiKey: apiKey.reveal(), baseUrl, model, ...(signal && { signal }) });
      if (result.ok) return ok('model service', `${model} answered within ${result.ms} ms.`);
      if (result.status === null) return unreachable(address);
      const next =
        result.status === 401
          ? 'Set ANTHROPIC_API_KEY to a key that is valid.'
          : 'See whether the key may use this model (MODEL_STANDARD, MODEL_STRONG) and has credit left.';
      return fail('model service', `${model}: ${result.words}`, next);
    }),
  );
}

function unreachable(address: string): Check {
  return fail(
    'model service',
    `${address} cannot be reached.`,
    'Let this machine out to it, or set ANTHROPIC_BASE_URL to your gateway.',
  );
}
