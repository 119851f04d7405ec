import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const AppFile = z.object({
  name: z.string().min(1),
  description: z.string(),
  url: z.url(),
  public: z.boolean(),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])),
  default_events: z.array(z.string()),
});
/** `app.yml`: what the app is called and all that it ever asks for. */
export type AppFile = z.infer<typeof AppFile>;

export async function readAppFile(): Promise<AppFile> {
  return AppFile.parse(parse(await readFile(path.join(import.meta.dirname, '../../app.yml'), 'utf8')));
}

/** The manifest as GitHub takes it. */
export interface Manifest extends AppFile {
  redirect_url: string;
  hook_attributes: { url: string; active: boolean };
}

/**
 * @param webhookUrl where GitHub is to send webhooks; undefined for an installation that polls: GitHub wants an
 *   address all the same, and never uses it
 */
export function buildManifest(
  file: AppFile,
  given: { name: string; webhookUrl: string | undefined; redirectUrl: string },
): Manifest {
  const { name, webhookUrl, redirectUrl } = given;
  return {
    ...file,
    name,
    redirect_url: redirectUrl,
    hook_attributes: { url: webhookUrl ?? file.url, active: webhookUrl !== undefined },
  };
}
