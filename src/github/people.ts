import type { Door } from './door.ts';
import { isMissing } from './github-error.ts';
import { type Role, roles } from './types.ts';

/** The role of a person in the repository; `none` for people GitHub does not know. */
export async function roleIn({ read, place }: Door, login: string): Promise<Role> {
  try {
    const { data } = await read({ metadata: 'read' }, (octokit) =>
      octokit.rest.repos.getCollaboratorPermissionLevel({ ...place, username: login }),
    );
    // A custom role of an organization has a name of its own. The legacy field says what it builds on, with
    // triage folded into read and maintain into write: never more than the person has.
    return asRole(data.role_name) ?? asRole(data.permission) ?? 'none';
  } catch (error) {
    if (isMissing(error)) return 'none';
    throw error;
  }
}

function asRole(name: string): Role | undefined {
  return roles.find((role) => role === name);
}
