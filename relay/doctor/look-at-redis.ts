import { createClient } from 'redis';
import { signInOf } from '../shared-state/redis-client.ts';
import { redisSettings } from '../shared-state/redis-settings.ts';
import { connectionFailure } from '../upstream/connection-failure.ts';
import { aheadMs, serverClock } from './clock-difference.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import { answerMs, inTime } from './in-time.ts';
import type { Patient } from './patient.ts';

/** Whether the Redis or Valkey that relays share answers in time, and forgets nothing by itself. */
export async function lookAtRedis({ loaded, isWhole }: Patient): Promise<readonly Look[]> {
  if (loaded.config.shared_state.store !== 'redis')
    return [skipped('', 'The relay counts in memory; the config names no Redis.')];
  const settings = redisSettings(loaded.config);
  if (settings === undefined || !isWhole) return [skipped('', 'Its address can’t be read; see “config”.')];
  // The address may hold a password.
  const subject = new URL(settings.url).host;
  const client = createClient({
    ...signInOf(settings),
    disableOfflineQueue: true,
    socket: { connectTimeout: answerMs, socketTimeout: answerMs, reconnectStrategy: false },
  });
  client.on('error', () => undefined);
  const looked = await inTime(async () => {
    await client.connect();
    const beganAtMs = performance.now();
    await client.ping();
    const tookMs = performance.now() - beganAtMs;
    const askedAtMs = Date.now();
    const [seconds, microseconds] = (await client.sendCommand(['TIME'])) as unknown as readonly [string, string];
    const clockMs = aheadMs(Number(seconds) * 1000 + Number(microseconds) / 1000, askedAtMs, Date.now());
    return { tookMs, clockMs, server: await client.info('server'), memory: await client.info('memory') };
  });
  if (client.isOpen) client.destroy();
  if (looked.status === 'late')
    return [failure(subject, 'It doesn’t answer in time.', 'Look at Redis and the network to it.')];
  if (looked.status === 'failed')
    return [
      failure(
        subject,
        `It can’t be used: ${looked.error instanceof Error ? connectionFailure(looked.error) : String(looked.error)}.`,
        'Look whether it runs and takes this password, and at “shared_state.url” in the config.',
      ),
    ];
  const { tookMs, clockMs, server, memory } = looked.result;
  const version = valueOf(server, 'redis_version');
  const policy = valueOf(memory, 'maxmemory_policy');
  const looks = [
    tookMs > settings.timeoutMs
      ? failure(
          subject,
          `It answers after ${Math.round(tookMs)} ms; the relay waits ${settings.timeoutMs} ms (shared_state.timeout_ms).`,
          'Put it nearer to the relay.',
        )
      : fine(subject, `Version ${version} answers after ${Math.round(tookMs)} ms.`),
    ...serverClock(subject, clockMs),
  ];
  if (policy !== '' && policy !== 'noeviction')
    looks.push(
      warning(
        subject,
        `When its memory is full it throws away what relays count (maxmemory-policy ${policy}).`,
        'Set maxmemory-policy noeviction.',
      ),
    );
  return looks;
}

function valueOf(info: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
}
