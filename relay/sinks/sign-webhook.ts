import { createHmac } from 'node:crypto';

/**
 * Headers of a message as Standard Webhooks says: an id that stays the same over attempts, the time of the attempt in
 * seconds, and one `v1` signature (HMAC-SHA256 of `id.timestamp.body`) for each key, so that keys can be changed.
 */
export function webhookHeaders(
  message: { readonly id: string; readonly timeMs: number; readonly body: string },
  keys: readonly Buffer[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(message.timeMs / 1000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  return { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
