import { serve } from '@hono/node-server';
import { createPage, type PageSource } from './page.ts';

export interface RunningPage {
  /** `http://127.0.0.1:<port>` */
  url: string;
  close(): Promise<void>;
}

/** Serves the page on its own port, for this machine only. `port` 0, the default, takes any free one. */
export async function startPage(source: PageSource, port = 0): Promise<RunningPage> {
  const fetch = await createPage(source);
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, ({ port: taken }) => {
      server.off('error', reject);
      resolve({
        url: `http://127.0.0.1:${taken}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
    server.once('error', reject);
  });
}
