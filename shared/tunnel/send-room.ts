import type { MultiplexerOptions } from './multiplexer-options.ts';

/** As much of a stream as waits for no other. */
const shortBytes = 16_384;
/** So many streams that wait with much keep less under way between them: whatever comes next queues behind it. */
const crowdedStreams = 16;
const crowdedBytes = 262_144;
const crowdedRetainedBytes = 1_048_576;

type Bounds = Pick<MultiplexerOptions, 'maxChannelBytes' | 'maxRetainedBytes'>;

/**
 * Whether a stream may send so much now, with so many bytes unsent and so many unacknowledged. Short answers go before the streams that wait with much: they get half as much
 * room again.
 */
export function hasRoomFor(
  bytes: number,
  { maxChannelBytes, maxRetainedBytes }: Bounds,
  unsent: number,
  retained: number,
  waitingStreams: number,
): boolean {
  const isShort = bytes <= shortBytes;
  const isCrowded = !isShort && waitingStreams >= crowdedStreams;
  const most = isShort ? maxChannelBytes * 1.5 : isCrowded ? Math.min(crowdedBytes, maxChannelBytes) : maxChannelBytes;
  const mostRetained = isCrowded ? Math.min(crowdedRetainedBytes, maxRetainedBytes) : maxRetainedBytes;
  return unsent < most && retained < mostRetained;
}
