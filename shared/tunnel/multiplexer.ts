import { MessagePool } from './message-pool.ts';
import type { MessageChannel, MultiplexerOptions } from './multiplexer-options.ts';
import { Outbox } from './outbox.ts';
import { decodeFrames, ProtocolError } from './frame-codec.ts';
import {
  creditPayload,
  endPayload,
  openPayload,
  parseJson,
  positionPayload,
  readCredit,
  readEnd,
  readListenerId,
  readPosition,
  readReset,
  requireLength,
  resetPayload,
} from './frame-payloads.ts';
import { controlCost, FloodGuard } from './flood-guard.ts';
import {
  ackAlongBytes,
  ackEveryBytes,
  batchBytes,
  closeCode,
  firstUnnumberedType,
  frameType,
  maxCreditBytes,
  maxDataBytes,
  resetCode,
} from './protocol.ts';
import { RetainedMessages } from './retained-messages.ts';
import { hasRoomFor } from './send-room.ts';
import { type StreamCarrier, type StreamOwner, TunnelStream } from './tunnel-stream.ts';
import { WindowBudget } from './window-budget.ts';

/** Longer writes are split into pieces: a message is never longer than a batch and one of them. */
const pieceBytes = 65_536;
/** A batch is sent once it is full, which one more piece can overshoot. */
const slabBytes = batchBytes + pieceBytes + 4096;

/**
 * Many byte streams over one message channel: framing, credit per stream, numbering and acknowledgement. Pure state
 * machine: no sockets, no timers. One channel may follow another (`attach`, `detach`); the streams stay.
 */
export class Multiplexer implements StreamCarrier {
  readonly #options: MultiplexerOptions;
  readonly #streams = new Map<number, TunnelStream>();
  readonly #outbox = new Outbox();
  readonly #pool: MessagePool;
  readonly #retained = new RetainedMessages(
    (message) => this.#pool.release(message),
    (bytes) => this.#options.memory?.didKeep(bytes),
  );
  readonly #waiting = new Set<TunnelStream>();
  readonly #windows: WindowBudget;
  /** Null at the client, which trusts its relay that far. */
  readonly #floods: FloodGuard | null;
  #channel: MessageChannel | null = null;
  #scheduled = false;
  #sentSinceTidy = false;
  #lastStreamId = 0;
  #received = 0;
  #acknowledgedToPeer = 0;

  constructor(options: MultiplexerOptions) {
    this.#options = options;
    this.#windows = new WindowBudget(options.maxWindowBytes, options.maxGrowthBytes, options.memory);
    this.#pool = new MessagePool(options.allocate ?? ((bytes) => new Uint8Array(bytes)), slabBytes);
    this.#floods = options.role === 'relay' ? new FloodGuard(options.now ?? Date.now) : null;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  /** Numbered bytes received so far: what a resumption tells the peer. */
  get received(): number {
    return this.#received;
  }

  streams(): IterableIterator<TunnelStream> {
    return this.#streams.values();
  }

  /** Whether everything behind this position of the peer is still kept. */
  canResumeFrom(position: number): boolean {
    return this.#retained.from(position) !== null;
  }

  /** Uses this channel from now on; `resumeFrom` is what the peer has received, and is sent from there again. */
  attach(channel: MessageChannel, resumeFrom?: number): boolean {
    this.#channel = channel;
    if (resumeFrom !== undefined) {
      const again = this.#retained.from(resumeFrom);
      if (again === null) return false;
      this.#retained.acknowledge(resumeFrom);
      for (const message of again) channel.send(message);
    }
    this.#schedule();
    return true;
  }

  /** The channel is gone; streams wait for the next one. */
  detach(): void {
    this.#channel = null;
  }

  /** Client only: opens a stream to the API behind a listener. */
  open(listenerId: number, owner: StreamOwner): TunnelStream {
    this.#lastStreamId += 1;
    const stream = this.#create(this.#lastStreamId, owner);
    this.#add(frameType.open, stream.id, openPayload(listenerId));
    return stream;
  }

  sendControl(message: unknown): void {
    this.#add(frameType.control, 0, new TextEncoder().encode(JSON.stringify(message)));
  }

  ping(value: number): void {
    this.#add(frameType.ping, 0, positionPayload(value));
    this.flush();
  }

  /** Takes one message from the channel. @throws ProtocolError when the peer broke the protocol */
  receive(message: Uint8Array): void {
    const numbered = decodeFrames(message, this.#onFrame);
    this.#received += numbered;
    if (this.#received - this.#acknowledgedToPeer >= ackEveryBytes) this.acknowledge();
    this.#requirePeerReads();
  }

  /** Tells the peer how much has arrived; called by itself for bulk, and by the owner's timer when idle. */
  acknowledge(): void {
    if (this.#received === this.#acknowledgedToPeer) return;
    this.#acknowledgedToPeer = this.#received;
    this.#add(frameType.ack, 0, positionPayload(this.#received));
  }

  /** Client only, before the first stream: the relay begins streams with no more credit than this. */
  limitWindows(maxWindowBytes: number): void {
    this.#windows.limit(maxWindowBytes);
  }

  /** About once a second: acknowledges what has arrived, and gives memory back that isn't needed. */
  tidy(): void {
    this.acknowledge();
    this.#retained.compact();
    if (!this.#sentSinceTidy) this.#pool.trim();
    this.#sentSinceTidy = false;
  }

  /** The channel has sent what it had: streams that wait may go on. */
  didDrain(): void {
    if (this.#outbox.bytes > 0) this.flush();
    for (const stream of this.#waiting) {
      if (!this.hasRoom) return;
      this.#waiting.delete(stream);
      stream.resume();
    }
  }

  /** Sends what is batched, as one message. */
  flush(): void {
    if (this.#channel === null || this.#outbox.bytes === 0) return;
    // What goes out anyway takes it along: a peer of many small messages can let them go while they are young.
    if (this.#received - this.#acknowledgedToPeer >= ackAlongBytes) this.acknowledge();
    while (this.#outbox.bytes > 0) {
      const { message, numberedBytes } = this.#outbox.take((bytes) => this.#pool.take(bytes));
      this.#retained.add(message, numberedBytes);
      this.#channel.send(message);
    }
    this.#sentSinceTidy = true;
  }

  /** Resets every stream without telling the peer: the tunnel is gone for good. */
  abandon(code: number, reason: string): void {
    this.#channel = null;
    this.#outbox.clear();
    for (const stream of this.#streams.values()) stream.didReceiveReset(code, reason);
  }

  get hasRoom(): boolean {
    return this.hasRoomFor(maxDataBytes);
  }

  hasRoomFor(bytes: number): boolean {
    const channel = this.#channel;
    return (
      channel !== null &&
      hasRoomFor(
        bytes,
        this.#options,
        this.#outbox.bytes + channel.bufferedAmount,
        this.#retained.bytes,
        this.#waiting.size,
      ) &&
      this.#options.memory?.mayKeep !== false
    );
  }

  sendData(stream: TunnelStream, chunk: Uint8Array): void {
    stream.sendCredit -= chunk.length;
    if (chunk.length <= pieceBytes) {
      this.#add(frameType.data, stream.id, chunk);
    } else {
      for (let offset = 0; offset < chunk.length; offset += pieceBytes) {
        this.#add(frameType.data, stream.id, chunk.subarray(offset, offset + pieceBytes));
      }
    }
    if (this.#outbox.bytes >= batchBytes) this.flush();
  }

  sendEnd(stream: TunnelStream, readsOn: boolean): void {
    this.#add(frameType.end, stream.id, endPayload(readsOn));
  }

  sendMark(stream: TunnelStream, answeredBytes: number): void {
    this.#add(frameType.mark, stream.id, positionPayload(answeredBytes));
  }

  sendReset(stream: TunnelStream, code: number, reason: string): void {
    this.#sendReset(stream.id, code, reason);
  }

  sendCredit(stream: TunnelStream, bytes: number): void {
    this.#add(frameType.credit, stream.id, creditPayload(bytes));
  }

  growBy(stream: TunnelStream, bytes: number): number {
    return this.#windows.take(stream.receiveWindow, bytes);
  }

  waitForRoom(stream: TunnelStream): void {
    this.#waiting.add(stream);
    this.#schedule();
  }

  didClose(stream: TunnelStream): void {
    this.#windows.giveBack(stream.receiveWindow);
    this.#streams.delete(stream.id);
    this.#waiting.delete(stream);
  }

  /** Data waits for the peer; answers to its own frames don't, so they are bounded here. */
  #requirePeerReads(): void {
    const unsent = this.#outbox.bytes + (this.#channel === null ? 0 : this.#channel.bufferedAmount);
    if (Math.max(unsent, this.#retained.bytes) > this.#options.maxRetainedBytes * 2) {
      throw new ProtocolError('The peer sends, but does not read or acknowledge.', { closeCode: closeCode.tooMuch });
    }
  }

  #create(id: number, owner: StreamOwner): TunnelStream {
    const stream = new TunnelStream(id, owner, this, this.#windows.initialBytes, this.#windows.initialBytes);
    this.#streams.set(id, stream);
    return stream;
  }

  #add(type: number, streamId: number, payload: Uint8Array | null): void {
    this.#outbox.add(type, streamId, payload, type < firstUnnumberedType);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.schedule(this.#onTurnEnd);
  }

  readonly #onTurnEnd = (): void => {
    this.#scheduled = false;
    this.flush();
    if (this.#waiting.size > 0 && this.hasRoom) this.didDrain();
  };

  readonly #onFrame = (type: number, streamId: number, payload: Uint8Array): void => {
    switch (type) {
      case frameType.data:
        this.#onData(streamId, payload);
        return;
      case frameType.credit:
        this.#onCredit(streamId, payload);
        return;
      case frameType.open:
        this.#onOpen(streamId, payload);
        return;
      case frameType.end:
        this.#onEnd(streamId, payload);
        return;
      case frameType.reset:
        this.#onReset(streamId, payload);
        return;
      case frameType.mark:
        this.#onMark(streamId, readPosition(payload));
        return;
      default:
        this.#onTunnelFrame(type, streamId, payload);
    }
  };

  #onTunnelFrame(type: number, streamId: number, payload: Uint8Array): void {
    if (streamId !== 0) throw new ProtocolError(`Frame type ${type} belongs to stream 0, not ${streamId}.`);
    switch (type) {
      case frameType.control:
        this.#floods?.spend(controlCost);
        this.#options.onControl(parseJson(payload));
        return;
      case frameType.ping:
        requireLength(payload, 8);
        this.#floods?.spend(1);
        this.#add(frameType.pong, 0, payload.slice());
        return;
      case frameType.pong:
        this.#options.onPong(readPosition(payload));
        return;
      case frameType.ack:
        this.#retained.acknowledge(readPosition(payload));
        if (this.#waiting.size > 0) this.#schedule();
        return;
      default:
        throw new ProtocolError('A resumption is only allowed as the first message.');
    }
  }

  #onOpen(streamId: number, payload: Uint8Array): void {
    const { onOpen, maxStreams } = this.#options;
    if (onOpen === undefined) throw new ProtocolError('Only the client opens streams.');
    const listenerId = readListenerId(payload);
    if (streamId <= this.#lastStreamId || streamId > 0x7fff_ffff) {
      throw new ProtocolError(`Stream ${streamId} can’t be opened: ids only grow, up to 2^31 − 1.`);
    }
    this.#lastStreamId = streamId;
    const room = this.#options.roomFor?.(listenerId) ?? (this.#streams.size < maxStreams ? 'free' : 'none');
    if (room !== 'free') this.#floods?.spend(1);
    if (room === 'none') {
      this.#sendReset(streamId, resetCode.tooManyStreams, `At most ${maxStreams} streams are open at once.`);
      return;
    }
    const stream = this.#create(streamId, noOwner);
    const owner = onOpen(stream, listenerId);
    if (owner !== null) {
      stream.owner = owner;
      return;
    }
    this.#floods?.spend(1);
    stream.reset(resetCode.refused, 'There is no such listener.');
  }

  #onData(streamId: number, payload: Uint8Array): void {
    if (payload.length === 0) throw new ProtocolError('A DATA frame has at least one byte.');
    const stream = this.#stream(streamId);
    if (stream === null) return;
    if (stream.receivedEnd) throw new ProtocolError(`Stream ${streamId} has data after its end.`);
    if (payload.length > stream.receiveCredit) {
      throw new ProtocolError(`Stream ${streamId} has ${payload.length} bytes, its credit is ${stream.receiveCredit}.`);
    }
    stream.receiveCredit -= payload.length;
    stream.owner.onData(payload);
  }

  #onEnd(streamId: number, payload: Uint8Array): void {
    const readsOn = readEnd(payload);
    if (readsOn && this.#options.role === 'client') throw new ProtocolError('Only a client’s END says who reads on.');
    const stream = this.#stream(streamId);
    if (stream === null) return;
    if (stream.receivedEnd) throw new ProtocolError(`Stream ${streamId} ends twice.`);
    stream.didReceiveEnd(readsOn);
  }

  #onCredit(streamId: number, payload: Uint8Array): void {
    const credit = readCredit(payload);
    const stream = this.#stream(streamId);
    if (stream === null) return;
    if (credit === 0 || stream.sendCredit + credit > maxCreditBytes) {
      throw new ProtocolError(`Stream ${streamId} gets a credit that is zero or overflows.`);
    }
    stream.sendCredit += credit;
    stream.resume();
  }

  #onReset(streamId: number, payload: Uint8Array): void {
    const { code, reason } = readReset(payload);
    this.#floods?.spend(1);
    this.#stream(streamId)?.didReceiveReset(code, reason);
  }

  #onMark(streamId: number, answeredBytes: number): void {
    if (this.#options.role === 'relay') throw new ProtocolError('Only the relay marks answers.');
    this.#stream(streamId)?.owner.onMark?.(answeredBytes);
  }

  /** The stream, or null when it was here and is closed: its last frames may still arrive. */
  #stream(streamId: number): TunnelStream | null {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) return stream;
    if (streamId === 0 || streamId > this.#lastStreamId) {
      throw new ProtocolError(`Stream ${streamId} was never opened.`);
    }
    return null;
  }

  #sendReset(streamId: number, code: number, reason: string): void {
    this.#add(frameType.reset, streamId, resetPayload(code, reason));
  }
}

const noOwner: StreamOwner = {
  onData() {},
  onEnd() {},
  onReset() {},
  onDrain() {},
};
