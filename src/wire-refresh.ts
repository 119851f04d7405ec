import type { Logger } from 'pino';
import type { Probot } from 'probot';
import { isAllowedRepository } from './config/allowed-repositories.ts';
import type { Env } from './config/env.ts';
import type { Task } from './engine/periodic.ts';
import { createApp } from './github/app.ts';
import type { EventPorts } from './intake/event-ports.ts';
import type { Intake } from './intake/intake.ts';
import { onEvent } from './intake/on-event.ts';
import { parseEvent } from './intake/parse-event.ts';
import { createRefresh } from './intake/refresh.ts';
import type { Store } from './store/store.ts';

/** Where webhooks arrive, what got lost on the way is found this late. */
const refreshMs = 5 * 60_000;

/** What comes in is acted on in one way, whether a webhook tells it or a refresh finds it. */
export function wireActing(env: Env, ports: EventPorts): (name: string, payload: object) => Promise<void> {
  return async (name, payload) => {
    const event = parseEvent(name, payload);
    if ('ignored' in event) return;
    if ('repo' in event && !isAllowedRepository(env.allowedRepositories, event.repo)) {
      ports.log.info({ repository: `${event.repo.owner}/${event.repo.name}` }, 'Not in ALLOWED_REPOSITORIES');
      return;
    }
    await onEvent(event, ports);
  };
}

/** Looking at GitHub by itself: all there is where no webhook can arrive, and what heals lost ones where they do. */
export function wireRefresh(
  { pollSeconds, allowedRepositories }: Env,
  { log, store, probot, intake, ports, act }: RefreshParts,
): Task {
  const app = createApp(() => probot.auth());
  const run = createRefresh({
    ...ports,
    store,
    intake,
    act,
    log,
    installations: app.installations,
    allowed: (repository) => isAllowedRepository(allowedRepositories, repository),
    label: async ({ defaultBranch, ...ref }) =>
      (await ports.policy(ports.repository(ref), defaultBranch, defaultBranch)).label,
    failed: pollSeconds === undefined ? { since: app.failedDeliveries, payload: app.payloadOf } : undefined,
  });
  const everyMs = pollSeconds === undefined ? refreshMs : pollSeconds * 1000;
  return { name: 'Asking GitHub for what was missed', everyMs, run };
}

interface RefreshParts {
  log: Logger;
  store: Store;
  probot: Probot;
  intake: Intake;
  ports: EventPorts;
  act(name: string, payload: object): Promise<void>;
}
