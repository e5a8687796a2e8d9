import type { WebSocket } from 'ws';
import { closeCode } from '../../shared/tunnel/protocol.ts';
import { closeSoon } from '../tunnel/tunnel-link.ts';

const maxBufferedBytes = 2_097_152;

/**
 * Joins a client's WebSocket with the one to the worker that has its tunnel: messages pass untouched in both
 * directions, the slower side slows the other, and the end of one ends the other in the same way.
 */
export function joinWebSockets(client: WebSocket, worker: WebSocket): void {
  pass(client, worker);
  pass(worker, client);
  client.once('close', (code) => {
    // Only a client that says goodbye gives its tunnel up; everything else is a lost link.
    if (code === closeCode.normal) closeSoon(worker, code);
    else worker.terminate();
  });
  worker.once('close', (code) => {
    if (isSendable(code)) closeSoon(client, code);
    else client.terminate();
  });
  client.on('error', () => client.terminate());
  worker.on('error', () => worker.terminate());
}

function pass(from: WebSocket, to: WebSocket): void {
  const goOn = (): void => {
    if (from.isPaused && to.bufferedAmount < maxBufferedBytes) from.resume();
  };
  from.on('message', (message: Buffer, binary) => {
    if (to.readyState !== to.OPEN) return;
    to.send(message, { binary, compress: false }, goOn);
    if (to.bufferedAmount >= maxBufferedBytes) from.pause();
  });
}

/** Codes that an endpoint may send (RFC 6455 §7.4). */
function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
}
