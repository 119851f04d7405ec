import { ApiError, notFound } from './errors.ts';
import type { Host } from './host.ts';
import type { Delivery } from './public-types.ts';
import { type ApiAnswer, type Call, ok, type Routes } from './route.ts';
import type { Json } from './shapes-accounts.ts';

/** What became of the app's webhooks, newest first, and sending one again. */

function deliveryOf({ host, params }: Call): Delivery {
  const found = host.webhooks.deliveries().find(({ id }) => id === Number(params.delivery_id));
  if (!found) throw notFound();
  return found;
}

function summaryJson(delivery: Delivery): Json {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.durationMs / 1000,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

function deliveryJson(host: Host, delivery: Delivery): Json {
  return {
    ...summaryJson(delivery),
    url: host.webhooks.configuration().url ?? '',
    request: {
      headers: delivery.requestHeaders,
      payload: JSON.parse(delivery.requestBody) as unknown,
    },
    response: { headers: {}, payload: null },
  };
}

/** The list goes by a cursor: the id of the first delivery of the next page. */
function listDeliveries(call: Call): ApiAnswer {
  const { per_page = 30, cursor, status } = call.query;
  const newest = [...call.host.webhooks.deliveries()].reverse().filter(({ statusCode }) => {
    if (status === undefined) return true;
    return (statusCode >= 200 && statusCode < 400) === (status === 'success');
  });
  const from = cursor === undefined ? 0 : newest.findIndex(({ id }) => id === Number(cursor));
  if (from < 0) throw new ApiError(400, 'Invalid cursor');
  const next = newest[from + Number(per_page)];
  const url = new URL(call.url);
  url.searchParams.set('cursor', String(next?.id));
  return {
    status: 200,
    body: newest.slice(from, from + Number(per_page)).map(summaryJson),
    headers: next ? { link: `<${url.href}>; rel="next"` } : {},
  };
}

export const deliveryRoutes: Routes = {
  'apps/list-webhook-deliveries': { who: 'app', handle: listDeliveries },
  'apps/get-webhook-delivery': {
    who: 'app',
    handle: (call) => ok(deliveryJson(call.host, deliveryOf(call))),
  },
  'apps/redeliver-webhook-delivery': {
    who: 'app',
    handle: (call) => {
      const { id } = deliveryOf(call);
      // Accepted only: the delivery follows, as on GitHub.
      void call.host.webhooks.redeliver(id);
      return { status: 202, body: {} };
    },
  },
};
