import { Multiplexer } from '../../../../shared/tunnel/multiplexer.ts';
import type { MessageChannel, MultiplexerOptions } from '../../../../shared/tunnel/multiplexer-options.ts';
import type { StreamOwner, TunnelStream } from '../../../../shared/tunnel/tunnel-stream.ts';

type Side = 'client' | 'relay';

/** One end of a stream as a test sees it: what arrived, and what still has to be read. */
export class RecordedStream implements StreamOwner {
  readonly stream: TunnelStream;
  readonly #chunks: Uint8Array[] = [];
  /** While false nothing is given back as consumed: a stalled reader. */
  reading: boolean;
  ended = false;
  resetCode: number | null = null;
  marks = 0;
  unread = 0;

  constructor(start: (owner: StreamOwner) => TunnelStream, reading: boolean) {
    this.reading = reading;
    this.stream = start(this);
  }

  /** All that has arrived so far. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  onData(chunk: Uint8Array): void {
    this.#chunks.push(chunk.slice());
    this.unread += chunk.length;
    if (this.reading) this.read();
  }

  /** Works through what has arrived. */
  read(): void {
    const bytes = this.unread;
    this.unread = 0;
    if (bytes > 0) this.stream.consumed(bytes);
  }

  onEnd(): void {
    this.ended = true;
  }

  onReset(code: number): void {
    this.resetCode = code;
  }

  onMark(): void {
    this.marks += 1;
  }

  onDrain(): void {}
}

const bounds = {
  maxWindowBytes: 1_048_576,
  maxGrowthBytes: 2_097_152,
  maxStreams: 50,
  maxChannelBytes: 262_144,
  maxRetainedBytes: 524_288,
};

/**
 * Two multiplexers joined in memory. Nothing moves by itself: `endTurn` and `deliver` are the test's, so that every
 * order of events can be tried.
 */
export class TunnelPair {
  readonly client: Multiplexer;
  readonly relay: Multiplexer;
  readonly relayStreams = new Map<number, RecordedStream>();
  readonly control: Record<Side, unknown[]> = { client: [], relay: [] };
  readonly pongs: number[] = [];
  readonly #scheduled: Record<Side, (() => void)[]> = { client: [], relay: [] };
  /** Messages under way to the named side. */
  #toward: Record<Side, Uint8Array[]> = { client: [], relay: [] };
  #attached = false;

  constructor(options: Partial<MultiplexerOptions> & { relayReads?: boolean } = {}) {
    const { relayReads = true, ...given } = options;
    const common = (side: Side) => ({
      ...bounds,
      role: side,
      schedule: (callback: () => void) => void this.#scheduled[side].push(callback),
      onControl: (message: unknown) => void this.control[side].push(message),
      onPong: (value: number) => void this.pongs.push(value),
      ...given,
    });
    this.client = new Multiplexer(common('client'));
    this.relay = new Multiplexer({
      ...common('relay'),
      onOpen: (stream) => {
        const recorded = new RecordedStream(() => stream, relayReads);
        this.relayStreams.set(stream.id, recorded);
        return recorded;
      },
    });
    this.attach();
  }

  get attached(): boolean {
    return this.#attached;
  }

  open(reading = true): RecordedStream {
    return new RecordedStream((owner) => this.client.open(1, owner), reading);
  }

  /** Joins the two; after a `cut`, each tells the other how much it has received. */
  attach(): void {
    const toward = { client: [], relay: [] } as Record<Side, Uint8Array[]>;
    this.#toward = toward;
    const resumed = this.client.received > 0 || this.relay.received > 0 || this.#everAttached;
    this.#everAttached = true;
    this.#attached = true;
    const clientHas = this.client.received;
    const relayHas = this.relay.received;
    const fits =
      this.client.attach(channelInto(toward.relay), resumed ? relayHas : undefined) &&
      this.relay.attach(channelInto(toward.client), resumed ? clientHas : undefined);
    if (!fits) throw new Error('A position could not be resumed from.');
  }

  #everAttached = false;

  /** The link is lost with everything that is under way on it. */
  cut(): void {
    this.#attached = false;
    this.client.detach();
    this.relay.detach();
    this.#toward = { client: [], relay: [] };
  }

  endTurn(side: Side): void {
    for (const callback of this.#scheduled[side].splice(0)) callback();
  }

  /** Delivers at most `count` messages to a side. */
  deliver(side: Side, count = Infinity): void {
    for (let index = 0; index < count; index += 1) {
      const message = this.#toward[side].shift();
      if (message === undefined) return;
      this[side].receive(message);
    }
  }

  /** Turns and deliveries until nothing moves any more. */
  settle(): void {
    const { client, relay } = this.#scheduled;
    for (let round = 0; round < 10_000; round += 1) {
      if (client.length + relay.length + this.#toward.client.length + this.#toward.relay.length === 0) return;
      this.endTurn('client');
      this.deliver('relay');
      this.endTurn('relay');
      this.deliver('client');
    }
    throw new Error('The two sides never come to rest.');
  }

  /** Bytes that lie in the channel toward a side. */
  underWay(side: Side): number {
    return this.#toward[side].reduce((sum, message) => sum + message.length, 0);
  }
}

function channelInto(messages: Uint8Array[]): MessageChannel {
  return {
    send: (message) => void messages.push(message),
    get bufferedAmount() {
      return messages.reduce((sum, message) => sum + message.length, 0);
    },
  };
}

/** `count` bytes that say where they belong: a pattern by stream and position. */
export function patternBytes(seed: number, from: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let index = 0; index < count; index += 1) bytes[index] = (seed * 31 + from + index) & 0xff;
  return bytes;
}
