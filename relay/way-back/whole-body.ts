import type { RequestBody } from './request-body.ts';

/**
 * Reads a body to its end, for what goes upstream in one piece. One that breaks off, or is too large, never arrives:
 * whoever bounds the body and watches its caller ends the exchange then.
 */
export function readWholeBody(body: RequestBody, onRead: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  body.on('error', () => undefined);
  body.on('data', (chunk: Buffer) => chunks.push(chunk));
  body.once('end', () => onRead(Buffer.concat(chunks)));
}
