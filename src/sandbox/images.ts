import { createHash } from 'node:crypto';
import { UserError } from '../run/user-error.ts';
import { docker, tryDocker } from './docker-cli.ts';
import { hostRecipe, importHostImage } from './host-image.ts';
import { NEEDED_TOOLS } from './host-tools.ts';

export interface ImageOptions {
  /** A public image to prefer; it must bring node, npm, git, tar, bash and setpriv. */
  publicImage?: string;
  /** Longest wait for the pull before the host's own files are used instead, ms. */
  pullTimeoutMs?: number;
  /** `npm_execpath`, when npm started us. */
  npmExecPath?: string;
}

export interface BaseImage {
  tag: string;
  /** Image id, `sha256:…` */
  digest: string;
  /** Where it comes from, as half a sentence for people. */
  why: string;
}

/** Taken where the operator names none. */
export const publicImageName = 'node:24-bookworm';
const REPOSITORY = 'auto-build/base';

/**
 * The base image of every container, in this order: one of ours that is already here, a public one that can
 * be pulled, one built from the host's own files. Rejects with a `UserError` when there is none to be had.
 */
export async function baseImage(options: ImageOptions, signal?: AbortSignal): Promise<BaseImage> {
  const publicImage = options.publicImage ?? publicImageName;
  const publicTag = `${REPOSITORY}:public-${createHash('sha256').update(publicImage).digest('hex').slice(0, 12)}`;
  const recipe = await hostRecipe(options.npmExecPath);
  const hostTag = typeof recipe === 'string' ? undefined : `${REPOSITORY}:host-${recipe.hash}`;

  const here = `${publicImage}, already on this machine`;
  const adopted = await imageId(publicTag, signal);
  if (adopted) return { tag: publicTag, digest: adopted, why: here };
  // One that was pulled by hand needs no registry.
  const pulled = (await imageId(publicImage, signal)) !== undefined;
  let refusal = pulled ? await adopt(publicImage, publicTag, signal) : undefined;
  if (pulled && !refusal) return { tag: publicTag, digest: await requireId(publicTag, signal), why: here };

  const built = hostTag && (await imageId(hostTag, signal));
  if (built)
    return { tag: hostTag, digest: built, why: "built earlier from this machine's own node, npm and git" };

  refusal ??= await pull(publicImage, publicTag, options.pullTimeoutMs ?? 10_000, signal);
  if (!refusal) {
    return {
      tag: publicTag,
      digest: await requireId(publicTag, signal),
      why: `${publicImage}, pulled just now`,
    };
  }
  if (typeof recipe === 'string' || !hostTag) {
    throw new UserError(`no image for the sandbox: ${publicImage} ${refusal}, and ${recipe}`, {
      next: `Run \`docker pull ${publicImage}\` where a registry can be reached.`,
    });
  }
  await importHostImage(recipe, hostTag, signal);
  const why = `built from this machine's own node, npm and git, because ${publicImage} ${refusal}`;
  return { tag: hostTag, digest: await requireId(hostTag, signal), why };
}

/** Id of an image that is on this machine; undefined when it is not. */
export async function imageId(reference: string, signal?: AbortSignal): Promise<string | undefined> {
  return (await docker(['images', '--quiet', '--no-trunc', reference], { signal })) || undefined;
}

async function requireId(reference: string, signal?: AbortSignal): Promise<string> {
  const id = await imageId(reference, signal);
  if (!id) throw new Error(`the image ${reference} vanished`);
  return id;
}

/** Pulls a public image and makes `tag` from it; resolves to why not otherwise. */
async function pull(
  image: string,
  tag: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const result = await tryDocker(['pull', '--quiet', image], { timeoutMs, signal });
  if (result.stopped) return `did not arrive within ${timeoutMs / 1000} s`;
  if (result.exitCode !== 0) return 'could not be pulled';
  return adopt(image, tag, signal);
}

/** Makes `tag` from a public image that has all that is needed; resolves to why not otherwise. */
async function adopt(image: string, tag: string, signal?: AbortSignal): Promise<string | undefined> {
  const check = `for t in ${[...NEEDED_TOOLS, 'node', 'npm'].join(' ')}; do command -v $t >/dev/null || echo $t; done`;
  const sealed = ['run', '--rm', '--network', 'none', '--cap-drop', 'ALL', '--entrypoint', 'sh'];
  const result = await tryDocker([...sealed, image, '-c', check], { signal });
  if (result.exitCode !== 0) return 'does not start';
  const absent = result.stdout.toString().trim();
  if (absent) return `lacks ${absent.split('\n').join(', ')}`;
  await docker(['tag', image, tag], { signal });
  return undefined;
}
