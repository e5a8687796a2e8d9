import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { SinkPlace } from './sink-settings.ts';
import { type Delivery, failureWords, type ShippedBatch, type SinkTarget } from './sink-target.ts';
import { syslogFrame, syslogMessage } from './syslog-message.ts';

/** How long a receiver that is about to leave has to show it, at least; more where it is far away. */
const shortestLookMs = 100;

/**
 * Syslog over TLS (RFC 5424, RFC 5425) has no acknowledgement. Each batch has a connection of its own, which is ended
 * in an orderly way after the last record: that the receiver ends it then, too, and not earlier, says that it has read all.
 */
export function createSyslogTarget(place: Extract<SinkPlace, { kind: 'syslog' }>, timeoutMs: number): SinkTarget {
  return {
    send: (batch, signal) => sendBatch(place, batch, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])),
    close: () => Promise.resolve(),
  };
}

function sendBatch(
  place: Extract<SinkPlace, { kind: 'syslog' }>,
  { log, records }: ShippedBatch,
  signal: AbortSignal,
): Promise<Delivery> {
  const { host, port, tls } = place;
  const startedMs = Date.now();
  const socket = connect({
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...tls.certificate,
    minVersion: 'TLSv1.2',
  });
  return new Promise<Delivery>((resolve) => {
    let stage: 'connecting' | 'sending' | 'ending' = 'connecting';
    let looking: NodeJS.Timeout | undefined;
    const settle = (delivery: Delivery): void => {
      clearTimeout(looking);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(delivery);
    };
    const fail = (reason: string): void => settle({ status: 'failed', reason });
    const end = (): void => {
      if (socket.destroyed) return;
      stage = 'ending';
      socket.end();
    };
    const onAbort = (): void =>
      fail(
        stage === 'ending'
          ? 'the receiver didn’t end the connection, so nobody knows whether it has read the records'
          : 'the receiver didn’t take the records in time',
      );
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('secureConnect', () => {
      stage = 'sending';
      const lookMs = Math.max(shortestLookMs, 2 * (Date.now() - startedMs));
      const frames = records.map((record) => syslogFrame(syslogMessage(record, { ...place, log }))).join('');
      socket.write(frames, (error) => {
        if (error !== null && error !== undefined) return;
        // A receiver that left before it read has sent its end by then; where this thread is late, it hears that first.
        looking = setTimeout(() => setImmediate(end), lookMs);
      });
    });
    watchEnd(
      socket,
      () => (stage === 'ending' ? settle({ status: 'delivered' }) : fail('the receiver ended the connection early')),
      (error) => fail(failureWords(error)),
    );
    if (signal.aborted) onAbort();
  });
}

function watchEnd(socket: TLSSocket, onEnd: () => void, onError: (error: unknown) => void): void {
  socket.on('error', onError);
  socket.once('end', onEnd);
  socket.once('close', (hadError) => {
    if (!hadError) onEnd();
  });
  // Nothing that it says has a meaning, but only what is read comes to its end.
  socket.resume();
}
