import type { TunnelStream } from '../../shared/tunnel/tunnel-stream.ts';
import { StreamSocket } from './stream-socket.ts';

/** Whether one more connection has a place: a free one, one that another had to leave for it, or none. */
export type Room = 'free' | 'made' | 'none';

/** This part of a tunnel's places, from its end on, is only for listeners that hold no more than as much. */
const keptShare = 8;

/**
 * Finds a place for one more local connection. Those without a request hold theirs only until it is needed: the oldest
 * that never had a whole head leaves first, then whichever is idle longest. Of those with requests none leaves, but one
 * listener alone doesn't get the last places.
 * @param streams those of the tunnel that are open
 */
export function findPlace(streams: Iterable<TunnelStream>, open: number, max: number, listenerId: number): Room {
  const kept = Math.floor(max / keptShare);
  if (open < max - kept) return 'free';
  let ofListener = 0;
  let first: StreamSocket | null = null;
  const nowMs = Date.now();
  for (const { owner } of streams) {
    if (!(owner instanceof StreamSocket)) continue;
    if (owner.listenerId === listenerId) ofListener += 1;
    if (owner.canLeave(nowMs) && (first === null || leavesBefore(owner, first))) first = owner;
  }
  if (open < max && ofListener < kept) return 'free';
  if (first === null) return 'none';
  first.leavePlace();
  return 'made';
}

function leavesBefore(one: StreamSocket, other: StreamSocket): boolean {
  if (one.isUnused !== other.isUnused) return one.isUnused;
  return one.idleSinceMs < other.idleSinceMs;
}
