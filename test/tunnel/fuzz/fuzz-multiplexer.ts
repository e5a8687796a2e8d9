import { ProtocolError } from '../../../shared/tunnel/frame-codec.ts';
import { Multiplexer } from '../../../shared/tunnel/multiplexer.ts';
import { initialWindowBytes, resetCode } from '../../../shared/tunnel/protocol.ts';
import { decodeResumption } from '../../../shared/tunnel/resumption.ts';
import { validConversation } from './conversation.ts';
import { mutate } from './mutate.ts';
import { pick, type Random } from './seeded-random.ts';

const maxStreams = 100;

/** One conversation against the relay's side of the state machine; whether it was refused. Throws on a finding. */
function converse(random: Random): boolean {
  const scheduled: (() => void)[] = [];
  let heldBytes = 0;
  const relay = new Multiplexer({
    role: 'relay',
    schedule: (callback) => void scheduled.push(callback),
    maxWindowBytes: 1_048_576,
    maxGrowthBytes: 2_097_152,
    maxStreams,
    maxChannelBytes: 262_144,
    maxRetainedBytes: 262_144,
    onOpen: (stream) => ({
      onData(chunk) {
        heldBytes += chunk.length;
        if (random() < 0.5) {
          heldBytes -= chunk.length;
          stream.consumed(chunk.length);
        }
        if (random() < 0.3) stream.write(new Uint8Array(pick(random, 200_000)));
        if (random() < 0.1) stream.mark(chunk.length);
      },
      onEnd: () => stream.end(),
      onReset: () => undefined,
      onDrain: () => void (random() < 0.5 && stream.write(new Uint8Array(1000))),
    }),
    onControl: () => undefined,
    onPong: () => undefined,
  });
  let sentBytes = 0;
  relay.attach({ send: (message) => void (sentBytes += message.length), bufferedAmount: 0 });
  let refused = false;
  try {
    for (const message of mutate(random, validConversation(random))) {
      if (random() < 0.1) decodeResumption(message);
      relay.receive(message);
      if (random() < 0.5) for (const callback of scheduled.splice(0)) callback();
      if (random() < 0.05) relay.detach();
      if (random() < 0.05) relay.attach({ send: () => undefined, bufferedAmount: 0 }, pick(random, 2000));
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    refused = true;
  }
  for (let round = 0; scheduled.length > 0; round += 1) {
    if (round > 1000) throw new Error('The state machine never comes to rest.');
    for (const callback of scheduled.splice(0)) callback();
  }
  if (relay.openStreams > maxStreams) throw new Error(`${relay.openStreams} streams are open.`);
  if (heldBytes > maxStreams * initialWindowBytes + 2_097_152) throw new Error(`${heldBytes} bytes are held.`);
  relay.abandon(resetCode.tunnelLost, 'over');
  if (relay.openStreams !== 0) throw new Error('A stream outlived its tunnel.');
  return refused;
}

/** Converses until the time is over. Throws on the first finding. */
export function fuzzMultiplexer(random: Random, durationMs: number): { conversations: number; refused: number } {
  const endAtMs = Date.now() + durationMs;
  let conversations = 0;
  let refused = 0;
  while (Date.now() < endAtMs) {
    conversations += 1;
    if (converse(random)) refused += 1;
  }
  return { conversations, refused };
}
