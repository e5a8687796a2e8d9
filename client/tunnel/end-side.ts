import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'node:net';
import type { TunnelStream } from '../../shared/tunnel/tunnel-stream.ts';

/** Whether the program at the other end of a local connection still has it; null where the system doesn’t tell. */
export type IsCallerThere = (socket: Socket) => Promise<boolean | null>;

/** A program that closes is its connection's owner for a moment behind its FIN; later ones are looked after in turn. */
const looksAfterMs = [20, 200, 1000] as const;

/**
 * Passes on that a local caller has ended its side (FIN) while an answer is due. One that still has the connection waits
 * for it (RFC 9293 §3.6: half-closed, as by `nc -N`) and gets it, as long as it is there; of one that is gone the API learns at
 * once. Where the system doesn't tell the two apart, the relay takes it for gone.
 */
export async function endSide(socket: Socket, stream: TunnelStream, isThere: IsCallerThere): Promise<void> {
  for (let look = 0; !stream.closed; look += 1) {
    const there = await isThere(socket).catch(() => null);
    if (there !== true) {
      if (look === 0) stream.end();
      else if (there === false) socket.destroy();
      return;
    }
    stream.end(true);
    await delay(looksAfterMs[Math.min(look, looksAfterMs.length - 1)], undefined, { ref: false });
  }
}
