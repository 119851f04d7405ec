import { createPrivateKey } from 'node:crypto';

/**
 * The key of a GitHub App in the form that signing takes. Accepts what Probot accepts: PEM, PEM with `\n` written
 * out, PEM in one line, base64 of PEM. Undefined if it is no RSA private key.
 */
export function normalizePrivateKey(text: string): string | undefined {
  const decoded = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8');
  const match = /-----BEGIN ((?:RSA )?PRIVATE KEY)-----([\s\S]+?)-----END \1-----/.exec(
    decoded.replaceAll('\\n', '\n'),
  );
  if (!match) return undefined;
  const [, label, body] = match;
  const lines = body!.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa' ? pem : undefined;
  } catch {
    return undefined;
  }
}
