import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { webhookKey } from '../../../relay/config/values/webhook-key.ts';
import { webhookHeaders } from '../../../relay/sinks/sign-webhook.ts';

const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

describe('keys of webhooks', () => {
  it.each([
    ['nothing', ''],
    ['no prefix', secretOf(32).slice(6)],
    ['another prefix', secretOf(32).replace('whsec_', 'whpk_')],
    ['23 bytes', secretOf(23)],
    ['65 bytes', secretOf(65)],
    ['base64 with a break', `${secretOf(32).slice(0, 20)}\n${secretOf(32).slice(20)}`],
    ['base64url', `whsec_${Buffer.alloc(32, 0xfb).toString('base64url')}`],
    ['base64 without its padding', secretOf(32).replaceAll('=', '')],
  ])('are refused: %s', (_, secret) => {
    expect(webhookKey(secret)).toBeUndefined();
  });

  it.each([24, 32, 64])('of %i bytes are taken', (bytes) => {
    expect(webhookKey(secretOf(bytes))).toHaveLength(bytes);
  });
});

describe('signatures of webhooks', () => {
  const body = '{"test": 2432232314}';
  const key = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') ?? Buffer.alloc(0);
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timeMs: 1_614_265_330_999, body };

  it('are those of the published example', () => {
    expect(webhookHeaders(message, [key])).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('stand side by side for two keys, so that either one verifies', () => {
    const other = Buffer.alloc(24, 1);
    const second = createHmac('sha256', other).update(`${message.id}.1614265330.${body}`).digest('base64');
    expect(webhookHeaders(message, [key, other])['webhook-signature']).toBe(
      `v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,${second}`,
    );
  });
});
