import { type Variable, variables } from './variables.ts';

export interface VariableDescription {
  name: string;
  what: string;
  where: string | undefined;
  required: boolean;
  secret: boolean;
  default: string | undefined;
}

/** Every variable that an operator may set, for documentation; required ones first. */
export function describeEnv(): VariableDescription[] {
  return Object.entries<Variable>(variables)
    .filter(([, variable]) => !variable.internal)
    .map(([name, variable]) => ({
      name,
      what: variable.what,
      where: variable.where,
      // One of the two ways to give the key; which one is the operator's choice.
      required: variable.required === true || name === 'PRIVATE_KEY',
      secret: variable.secret === true,
      default: variable.default,
    }))
    .sort((a, b) => Number(b.required) - Number(a.required));
}

/** The text of `.env.example`. */
export function envExample(): string {
  const head =
    '# Copy this file to .env and fill in the first part. Everything else has a default.\n# Generated from src/config/variables.ts; a test keeps it in step.\n';
  const parts = describeEnv().map((variable) => {
    const lines = [variable.what, variable.where && `From: ${variable.where}.`].filter(Boolean);
    if (!variable.required && variable.default) lines.push(`Default: ${variable.default}.`);
    return `${lines.map((line) => `# ${line}`).join('\n')}\n${variable.required ? '' : '#'}${variable.name}=\n`;
  });
  return [head, ...parts].join('\n');
}
