import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether GitHub signed exactly these bytes. They are not decoded first: what is no UTF-8 would come back as other
 * bytes, and what nobody signed is not worth the time.
 * @param signature the X-Hub-Signature-256 header
 */
export function isSigned(body: Buffer, signature: string, secret: string): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
