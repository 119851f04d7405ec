import type { IncomingMessage } from 'node:http';

export type Body = { body: Buffer } | { refused: 'too-large' | 'too-slow' | 'gone' };

/**
 * Reads a request's body. Never rejects, and never holds more than `maxBytes`.
 * @param maxMs how long the sender may take
 */
export function readBody(request: IncomingMessage, maxBytes: number, maxMs: number): Promise<Body> {
  if (Number(request.headers['content-length']) > maxBytes) return Promise.resolve({ refused: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => settle({ refused: 'too-slow' }), maxMs);
    const settle = (result: Body) => {
      clearTimeout(timer);
      request.off('data', take).off('end', finish);
      chunks.length = 0;
      resolve(result);
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) settle({ refused: 'too-large' });
      else chunks.push(chunk);
    };
    const finish = () => settle({ body: Buffer.concat(chunks, size) });
    const gone = () => settle({ refused: 'gone' });
    // This one stays as long as the request does; it comes when the sender hangs up.
    request.on('data', take).on('end', finish).on('error', gone);
  });
}
