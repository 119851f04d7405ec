import { createHmac, randomUUID } from 'node:crypto';
import PQueue from 'p-queue';
import type { Delivery } from './public-types.ts';

const answerWithinMs = 10_000;

interface WebhookSettings {
  secret: string;
  readonly appId: number;
  readonly clock: () => Date;
  readonly nextId: () => number;
}

interface Message {
  readonly event: string;
  readonly action: string | null;
  readonly repositoryId: number | null;
  readonly installationId: number | null;
  readonly body: string;
}

/** Signs and delivers payloads one after the other, once each: GitHub keeps failed deliveries, it does not repeat. */
export class Webhooks {
  #target: string | undefined;
  readonly #settings: WebhookSettings;
  readonly #queue = new PQueue({ concurrency: 1 });
  readonly #deliveries: Delivery[] = [];
  readonly #closed = new AbortController();
  #dropping: 'fail' | 'forget' | 'none' = 'none';

  constructor(settings: WebhookSettings) {
    this.#settings = settings;
  }

  setTarget(url: string | undefined): void {
    this.#target = url;
  }

  /** What is sent from now on does not arrive: GitHub keeps it as failed, or knows nothing of it. */
  drop(how: 'fail' | 'forget' | 'none'): void {
    this.#dropping = how;
  }

  configure({ secret, url }: { secret: string; url: string | undefined }): void {
    this.#settings.secret = secret;
    this.#target = url;
  }

  configuration(): { secret: string; url: string | undefined } {
    return { secret: this.#settings.secret, url: this.#target };
  }

  /** Queues a payload as it is now. */
  send(message: Message): void {
    const dropped = this.#dropping;
    if (this.#target === undefined || dropped === 'forget') return;
    void this.#queue.add(() => this.#deliver(message, { redelivery: false, lost: dropped === 'fail' }));
  }

  async redeliver(id: number): Promise<Delivery> {
    const old = this.#deliveries.find((delivery) => delivery.id === id);
    if (!old) throw new Error(`there is no delivery ${id}`);
    const { requestBody: body, ...message } = old;
    return this.#queue.add(() => this.#deliver({ ...message, body }, { redelivery: true, lost: false }));
  }

  deliveries(): readonly Delivery[] {
    return [...this.#deliveries];
  }

  idle(): Promise<void> {
    return this.#queue.onIdle();
  }

  async close(): Promise<void> {
    this.#queue.clear();
    this.#closed.abort();
    await this.#queue.onIdle();
  }

  async #deliver(
    message: Message,
    { redelivery, lost }: { redelivery: boolean; lost: boolean },
  ): Promise<Delivery> {
    const { secret, appId, clock, nextId } = this.#settings;
    const guid = randomUUID();
    const requestHeaders = {
      'content-type': 'application/json',
      accept: '*/*',
      'user-agent': 'GitHub-Hookshot/0000000',
      'x-github-delivery': guid,
      'x-github-event': message.event,
      'x-github-hook-id': String(appId + 400_000_000),
      'x-github-hook-installation-target-id': String(appId),
      'x-github-hook-installation-target-type': 'integration',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(message.body).digest('hex')}`,
    };
    const deliveredAt = clock().toISOString();
    const started = performance.now();
    const answer = lost
      ? { statusCode: 502, status: 'Invalid HTTP Response: 502' }
      : await this.#post(requestHeaders, message.body);
    const delivery: Delivery = {
      id: nextId(),
      guid,
      event: message.event,
      action: message.action,
      deliveredAt,
      redelivery,
      durationMs: Math.round(performance.now() - started),
      ...answer,
      repositoryId: message.repositoryId,
      installationId: message.installationId,
      requestHeaders,
      requestBody: message.body,
    };
    this.#deliveries.push(delivery);
    return delivery;
  }

  async #post(
    headers: Record<string, string>,
    body: string,
  ): Promise<Pick<Delivery, 'status' | 'statusCode'>> {
    if (this.#target === undefined) return { statusCode: 0, status: 'no webhook URL' };
    try {
      const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(answerWithinMs)]);
      const answer = await fetch(this.#target, { method: 'POST', headers, body, signal });
      await answer.body?.cancel();
      return {
        statusCode: answer.status,
        status: answer.ok ? 'OK' : `Invalid HTTP Response: ${answer.status}`,
      };
    } catch (error) {
      const timedOut = error instanceof Error && error.name === 'TimeoutError';
      return { statusCode: 0, status: timedOut ? 'timed out' : 'failed to connect to host' };
    }
  }
}
