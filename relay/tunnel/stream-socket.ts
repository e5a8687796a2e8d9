import { Duplex } from 'node:stream';
import { resetCode } from '../../shared/tunnel/protocol.ts';
import type { StreamOwner, TunnelStream } from '../../shared/tunnel/tunnel-stream.ts';
import { cutBehindHeads, mayAskForUpgrade } from './cut-behind-heads.ts';
import { detectProtocol } from './stream-protocol.ts';
import { FairTurns } from './fair-turns.ts';
import type { ByteKeeper } from './tunnel-memory.ts';
import type { TunnelSession } from './tunnel-session.ts';

/** Takes a stream whose protocol is known; its bytes come next. */
export type OnStream = (socket: StreamSocket, protocol: 'http1' | 'http2') => void;

/** A crowd of new connections in one tunnel must not hold up the others, or that tunnel's own. */
const beginnings = new FairTurns<TunnelSession>(setImmediate);

const endOfHead = '\r\n\r\n';
const restMs = 5000;
/** How long a reader may take nothing of what a caller has sent that is gone. */
const leftMs = 60_000;

type WriteCallback = (error?: Error | null) => void;

/**
 * A tunnel stream in the shape of a socket, for `http.Server` to parse (`emit('connection', socket)`, as its docs
 * allow for any Duplex). Knows the session it belongs to and the listener it came from.
 */
export class StreamSocket extends Duplex implements StreamOwner, ByteKeeper {
  readonly session: TunnelSession;
  readonly listenerId: number;
  readonly #stream: TunnelStream;
  #onStream: OnStream | null;
  #firstBytes: Buffer | null = null;
  /** The protocol is known and the parser is to begin in one of the next turns. */
  #beginsSoon = false;
  readonly #undecided: NodeJS.Timeout;
  #endsThen = false;
  /** Runs once the caller is gone, while what it sent before its end is read. */
  #leftLate: NodeJS.Timeout | null = null;
  /** The caller has ended its side, and waits for what it has asked for. */
  readsOn = false;
  /** Requests of this connection whose outcome is still open. */
  #openRequests = 0;
  /** No request has come yet. */
  isUnused = true;
  /** Since when it has had no request under way. */
  idleSinceMs = Date.now();
  /** The client knows that all it has sent is answered. */
  #saidAnswered = false;
  #isHttp2 = false;
  #mayUpgrade = false;
  /** Bytes counted against the bound of all tunnels. */
  #counted = 0;
  /** Where the session's memory has it while it keeps bytes. */
  place = -1;
  #received = 0;
  #unread = 0;
  #writeDone: WriteCallback | null = null;

  /** @param decidedWithinMs how long a connection may leave open which protocol it speaks */
  constructor(
    stream: TunnelStream,
    session: TunnelSession,
    listenerId: number,
    onStream: OnStream,
    decidedWithinMs: number,
  ) {
    super({ allowHalfOpen: true, emitClose: true, readableHighWaterMark: 65_536, writableHighWaterMark: 65_536 });
    this.#stream = stream;
    this.session = session;
    this.listenerId = listenerId;
    this.#onStream = onStream;
    // Each pipelined request listens for its end.
    this.setMaxListeners(0);
    // One caller's broken connection is never the relay's failure, whoever listens at that moment.
    this.on('error', () => undefined);
    this.#undecided = setTimeout(() => this.destroy(), decidedWithinMs);
    this.#undecided.unref();
  }

  get remoteAddress(): string {
    return this.session.remoteAddress;
  }

  /** What `http.Server` calls on each socket; a stream has no timers and no kernel options of its own. */
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  didBegin(): void {
    this.#openRequests += 1;
    this.isUnused = false;
    this.#saidAnswered = false;
  }

  didFinish(nowMs: number): void {
    this.#openRequests -= 1;
    this.idleSinceMs = nowMs;
  }

  /** Whether nothing of anybody’s is lost when it ends now. */
  canLeave(nowMs: number): boolean {
    if (this.#openRequests > 0 || this.destroyed || this.#stream.sentEnd) return false;
    if (this.isUnused) return this.#firstBytes?.includes(endOfHead) !== true;
    // HTTP/2 has no word for “answered”: what is on its way to the caller needs its time.
    return this.#saidAnswered || nowMs - this.idleSinceMs > restMs;
  }

  /** Another connection needs the place. Half a head is answered by the client; who has sent nothing is only cut off. */
  leavePlace(): void {
    const isHalfHead = this.isUnused && this.#received > 0 && !this.#isHttp2;
    const code = isHalfHead ? resetCode.tooManyStreams : resetCode.cancelled;
    this.#stream.reset(code, 'Other connections needed the place of this one, which has brought no whole request.');
    this.destroy();
  }

  /**
   * An answer is complete. When no other request is open, the client is told up to which of its bytes all is
   * answered, so that it can tell a lost request, a cut answer and an idle connection from each other.
   */
  markAnswered(): void {
    if (this.#openRequests === 0) this.#saidAnswered = this.#stream.mark(this.#received - this.readableLength);
  }

  onData(chunk: Buffer): void {
    if (this.session.memory.overflows) {
      this.#stream.reset(resetCode.internal, 'The relay has no memory for what is sent.');
      this.destroy();
      return;
    }
    this.#received += chunk.length;
    this.#unread += chunk.length;
    if (this.#onStream === null) this.#pushPieces(this.readableLength > 0 ? owned(chunk) : chunk);
    else this.#onFirstData(this.#onStream, chunk);
    this.recount();
  }

  onEnd(readsOn: boolean): void {
    this.readsOn = readsOn;
    if (this.#onStream === null) this.push(null);
    else if (this.#beginsSoon) this.#endsThen = true;
    else this.destroy();
  }

  onReset(_code: number, reason: string): void {
    this.destroy(reason === '' ? undefined : new StreamResetError(reason));
  }

  /** What it sent before its end is read, as behind an end by which it was taken for gone. */
  onLeft(): boolean {
    this.readsOn = false;
    if (this.destroyed || this.readableEnded) return false;
    this.#leftLate = setTimeout(() => this.destroy(), leftMs);
    this.#leftLate.unref();
    // Behind all that listen for the end already.
    this.once('end', () => setImmediate(() => this.destroy()));
    this.onDrain();
    return true;
  }

  onDrain(): void {
    const done = this.#writeDone;
    this.#writeDone = null;
    done?.();
    this.recount();
  }

  #onFirstData(onStream: OnStream, chunk: Buffer): void {
    const bytes = this.#firstBytes === null ? chunk : Buffer.concat([this.#firstBytes, chunk]);
    this.#firstBytes = bytes;
    if (this.#beginsSoon) return;
    const protocol = detectProtocol(bytes);
    if (protocol === 'undecided') return;
    clearTimeout(this.#undecided);
    this.#beginsSoon = true;
    this.#isHttp2 = protocol === 'http2';
    beginnings.begin(this.session, () => this.#begin(onStream, protocol));
  }

  #begin(onStream: OnStream, protocol: 'http1' | 'http2'): void {
    const bytes = this.#firstBytes;
    this.#firstBytes = null;
    this.#onStream = null;
    if (this.destroyed) return;
    onStream(this, protocol);
    if (bytes !== null) this.#pushPieces(bytes);
    if (this.#endsThen) this.push(null);
    this.recount();
  }

  #pushPieces(chunk: Buffer): void {
    this.#mayUpgrade ||= !this.#isHttp2 && mayAskForUpgrade(chunk);
    if (!this.#mayUpgrade) {
      this.push(chunk);
      return;
    }
    for (const piece of cutBehindHeads(chunk)) this.push(piece);
  }

  override _read(): void {
    this.#leftLate?.refresh();
    const bytes = this.#unread;
    this.#unread = 0;
    if (bytes > 0) this.#stream.consumed(bytes);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: WriteCallback): void {
    if (this.#stream.write(chunk)) done();
    else this.#wait(done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: WriteCallback): void {
    let free = true;
    for (const chunk of joined(chunks)) free = this.#stream.write(chunk);
    if (free) done();
    else this.#wait(done);
  }

  /** Counts what its readers haven't taken yet. */
  recount(): void {
    const kept = this.destroyed ? 0 : this.readableLength + this.writableLength + (this.#firstBytes?.length ?? 0);
    if (kept === this.#counted) return;
    this.session.memory.changed(this, this.#counted, kept);
    this.#counted = kept;
  }

  #wait(done: WriteCallback): void {
    this.#writeDone = done;
    this.recount();
  }

  override _final(done: WriteCallback): void {
    this.#stream.end();
    done();
  }

  override _destroy(error: Error | null, done: WriteCallback): void {
    clearTimeout(this.#undecided);
    if (this.#leftLate !== null) clearTimeout(this.#leftLate);
    this.recount();
    const { closed } = this.#stream;
    if (!closed) {
      if (this.writableFinished && this.readableEnded) this.#stream.end();
      else this.#stream.reset(resetCode.cancelled, 'The relay closed the connection.');
    }
    const write = this.#writeDone;
    this.#writeDone = null;
    write?.(error ?? new StreamResetError('The stream was closed.'));
    done(error instanceof StreamResetError ? null : error);
  }
}

const maxJoinedBytes = 16_384;

/** Head and body of a small answer as one frame, which the client writes with one system call. */
function joined(chunks: readonly { chunk: Buffer }[]): Buffer[] {
  const filled = chunks.map(({ chunk }) => chunk).filter((chunk) => chunk.length > 0);
  const bytes = filled.reduce((sum, chunk) => sum + chunk.length, 0);
  return filled.length > 1 && bytes <= maxJoinedBytes ? [Buffer.concat(filled, bytes)] : filled;
}

/** A small chunk that has to wait must not keep the whole message alive that it is a part of. */
function owned(chunk: Buffer): Buffer {
  return chunk.length * 4 < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk;
}

/** The other side ended the stream; not a fault of the relay. */
export class StreamResetError extends Error {
  override readonly name = 'StreamResetError';
}
