import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { notFound } from './errors.ts';
import type { Host } from './host.ts';
import type { Routes } from './route.ts';
import { appJson } from './shapes-accounts.ts';

/** What GitHub accepts as an app manifest, as far as this app sends it. */
const Manifest = z.object({
  name: z.string().min(1).max(34),
  url: z.url(),
  hook_attributes: z.object({ url: z.url(), active: z.boolean().optional() }).optional(),
  redirect_url: z.url(),
  public: z.boolean(),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])),
  default_events: z.array(z.string()),
});
export type Manifest = z.infer<typeof Manifest>;

const newAppPath = /^\/(?:organizations\/[\w-]+\/)?settings\/apps\/new$/;

/**
 * The page that a manifest is posted to: it shows what will be made and, when the person presses the button, sends
 * the browser back to whoever asked, with a code for one exchange.
 */
export async function manifestPage(host: Host, request: Request): Promise<Response | undefined> {
  const url = new URL(request.url);
  if (request.method !== 'POST' || !newAppPath.test(url.pathname)) return undefined;
  const form = await request.formData();
  const parsed = Manifest.safeParse(JSON.parse(String(form.get('manifest') ?? 'null')));
  if (!parsed.success) return new Response('The manifest is not valid.\n', { status: 422 });
  const back = new URL(parsed.data.redirect_url);
  if (form.get('confirm') === null) return confirmPage(url, String(form.get('manifest')), parsed.data);
  const code = randomBytes(20).toString('hex');
  host.manifests.set(code, parsed.data);
  back.searchParams.set('code', code);
  back.searchParams.set('state', url.searchParams.get('state') ?? '');
  return Response.redirect(back.href, 302);
}

function confirmPage(url: URL, manifest: string, { name }: Manifest): Response {
  const escaped = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const body = `<!doctype html><title>Create GitHub App</title>
<form method="post" action="${escaped(url.pathname + url.search)}">
<input type="hidden" name="manifest" value="${escaped(manifest)}">
<button name="confirm" value="yes">Create GitHub App “${escaped(name)}”</button>
</form>`;
  return new Response(body, { headers: { 'content-type': 'text/html; charset=utf-8' } });
}

export const manifestRoutes: Routes = {
  'apps/create-from-manifest': {
    who: 'anyone',
    handle: ({ host, params }) => {
      const manifest = host.manifests.get(params.code ?? '');
      if (!manifest) throw notFound();
      // A code is good for one exchange.
      host.manifests.delete(params.code ?? '');
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const secret = randomBytes(20).toString('hex');
      host.app = {
        ...host.app,
        publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        permissions: manifest.default_permissions,
        events: manifest.default_events,
      };
      const target = manifest.hook_attributes;
      host.webhooks.configure({ secret, url: target?.active === false ? undefined : target?.url });
      const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
      return {
        status: 201,
        body: {
          ...appJson(host),
          client_secret: randomBytes(20).toString('hex'),
          webhook_secret: secret,
          pem,
        },
      };
    },
  },
  'apps/get-webhook-config-for-app': {
    who: 'app',
    handle: ({ host }) => {
      const { url, secret } = host.webhooks.configuration();
      const body = { content_type: 'json', insecure_ssl: '0', secret: secret && '********', url: url ?? '' };
      return { status: 200, body };
    },
  },
};
