import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Service {
  privileged?: boolean;
  volumes: string[];
  ports?: string[];
  environment: Record<string, string>;
}

test('compose.yaml gives nobody the socket of the host, and the server nothing but its engine', async () => {
  const text = await readFile(path.resolve('compose.yaml'), 'utf8');
  const { services, volumes } = parse(text) as {
    services: Record<'server' | 'engine', Service>;
    volumes: Record<string, unknown>;
  };
  const { server, engine } = services;
  for (const { volumes: mounts } of [server, engine]) {
    // Named volumes only: no path of the host is in reach.
    for (const mount of mounts) expect(volumes).toHaveProperty(mount.split(':', 1));
  }
  expect(server.privileged).toBeUndefined();
  expect(server.ports).toEqual(['127.0.0.1:3000:3000']);
  expect(server.environment.DOCKER_HOST).toBe('tcp://engine:2376');
  expect(engine.ports).toBeUndefined();
  expect(engine.volumes.join()).not.toContain('data:/data');
});
