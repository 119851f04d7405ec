/** A repository role, in GitHub's words, strongest first. */
export type RoleName = 'admin' | 'maintain' | 'write' | 'triage' | 'read';

const order: readonly RoleName[] = ['read', 'triage', 'write', 'maintain', 'admin'];

export function atLeast(role: RoleName | null, wanted: RoleName): boolean {
  return role !== null && order.indexOf(role) >= order.indexOf(wanted);
}

/** The old field knows four words: triage becomes read and maintain becomes write. */
export function legacyPermission(role: RoleName | null): 'admin' | 'write' | 'read' | 'none' {
  switch (role) {
    case 'admin':
      return 'admin';
    case 'maintain':
    case 'write':
      return 'write';
    case 'triage':
    case 'read':
      return 'read';
    case null:
      return 'none';
  }
}
