import { type FieldError, validationFailed } from './errors.ts';
import type { Host } from './host.ts';
import type { Label, Repository } from './world.ts';

/** The labels that a repository has. */

export function findLabel(repo: Repository, name: string): Label | undefined {
  return repo.labels.get(name.toLowerCase());
}

export function createLabel(
  host: Host,
  repo: Repository,
  input: { name: string; color?: string; description?: string | null },
): Label {
  const error: FieldError = { resource: 'Label', field: 'name', code: 'already_exists' };
  if (findLabel(repo, input.name)) throw validationFailed(error);
  const label: Label = {
    id: host.world.nextId(),
    name: input.name,
    color: input.color ?? colorOf(input.name),
    description: input.description ?? null,
  };
  repo.labels.set(label.name.toLowerCase(), label);
  return label;
}

/** A label that somebody makes by using it is grey on GitHub; ours gets a colour that stands out in a demonstration. */
function colorOf(name: string): string {
  return name.toLowerCase() === 'auto-build' ? '5319e7' : 'ededed';
}

export function findOrMakeLabel(host: Host, repo: Repository, name: string): Label {
  return findLabel(repo, name) ?? createLabel(host, repo, { name });
}
