import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Manifest } from './manifest.ts';

export interface ManifestFlow {
  /** The local page that starts it, for a browser on this machine. */
  url: string;
  /** Resolves with the code that GitHub sends the browser back with; rejects when the signal aborts. */
  code: Promise<string>;
  close(): Promise<void>;
}

/**
 * GitHub's app manifest flow: a page on 127.0.0.1 posts the manifest to GitHub, the person confirms there, and GitHub
 * sends the browser back here with a code. Nobody else can use the page: the way back carries a secret of this flow.
 * @param newAppUrl GitHub's page for new apps, of a person or an organisation
 * @param manifest is asked for with the address to come back to, which is known only now
 */
export async function startManifestFlow(
  newAppUrl: string,
  manifest: (redirectUrl: string) => Manifest,
  { signal, port = 0 }: { signal?: AbortSignal; port?: number } = {},
): Promise<ManifestFlow> {
  const state = randomBytes(24).toString('base64url');
  const done = Promise.withResolvers<string>();
  // Whoever asks for the code hears of it; a flow that is closed early is no unhandled rejection.
  done.promise.catch(() => {});
  const server = createServer((request, response) => send(response, answerTo(request)));
  const listening = await listen(server, port);
  const address = `http://127.0.0.1:${listening}`;
  const page = formPage(`${newAppUrl}?state=${state}`, manifest(`${address}/made`));
  signal?.addEventListener('abort', () => done.reject(signal.reason), { once: true });

  function answerTo(request: IncomingMessage): [status: number, html: string] {
    // A page elsewhere whose name was pointed to this machine has no business here.
    if (request.headers.host !== `127.0.0.1:${listening}`) return [421, plain('Not this host.')];
    const url = new URL(request.url ?? '/', address);
    if (request.method !== 'GET') return [405, plain('Only GET.')];
    if (url.pathname === '/') return [200, page];
    if (url.pathname !== '/made') return [404, plain('Not found.')];
    const code = url.searchParams.get('code') ?? '';
    if (!isSame(url.searchParams.get('state') ?? '', state) || !/^[\w-]{1,100}$/.test(code)) {
      return [400, plain('This is not the answer that was waited for. Begin again in the terminal.')];
    }
    done.resolve(code);
    return [200, plain('The app is made. Go back to the terminal.')];
  }

  return {
    url: `${address}/`,
    code: done.promise,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function send(response: ServerResponse, [status, html]: [status: number, html: string]): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(html);
}

function plain(words: string): string {
  return `<!doctype html><meta charset="utf-8"><title>auto-build</title><p>${words}</p>\n`;
}

/** Shows what is asked for before anything leaves the machine. */
function formPage(action: string, manifest: Manifest): string {
  const rows = Object.entries(manifest.default_permissions).map(
    ([name, level]) => `<li>${escaped(name)}: ${escaped(level)}`,
  );
  return `<!doctype html><meta charset="utf-8"><title>auto-build: make the GitHub App</title>
<h1>Make the GitHub App “${escaped(manifest.name)}”</h1>
<p>Webhooks: ${manifest.hook_attributes.active ? escaped(manifest.hook_attributes.url) : 'none, it polls'}. Permissions:</p>
<ul>${rows.join('')}</ul>
<form method="post" action="${escaped(action)}">
<input type="hidden" name="manifest" value="${escaped(JSON.stringify(manifest))}">
<button>Go on at GitHub</button>
</form>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
