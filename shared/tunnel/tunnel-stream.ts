import { maxDataBytes, resetCode } from './protocol.ts';

/** What a stream tells its owner. `onData` gives views into a received message; credit returns by `consumed`. */
export interface StreamOwner {
  onData(chunk: Uint8Array): void;
  /** The peer writes no more; `readsOn` is its word that it waits for what comes back. */
  onEnd(readsOn: boolean): void;
  /** Both directions ended at once, by the peer or because the tunnel is gone. */
  onReset(code: number, reason: string): void;
  /**
   * Relay only: behind its end the peer has gone; what it sent before still counts, and nobody reads what we send. True
   * keeps the stream until the owner ends or resets it; else it is reset like any other.
   */
  onLeft?(): boolean;
  /** Client only: the requests in the first `answeredBytes` of what we sent have their whole answers. */
  onMark?(answeredBytes: number): void;
  /** All that was written has left; write on. */
  onDrain(): void;
}

/** What a stream needs from its multiplexer. */
export interface StreamCarrier {
  /** Sends up to the tunnel's room; returns whether the tunnel takes more now. */
  sendData(stream: TunnelStream, chunk: Uint8Array): void;
  /** Whether the tunnel takes so many bytes of a stream now; a few get room longer than many. */
  hasRoomFor(bytes: number): boolean;
  sendEnd(stream: TunnelStream, readsOn: boolean): void;
  sendMark(stream: TunnelStream, answeredBytes: number): void;
  sendReset(stream: TunnelStream, code: number, reason: string): void;
  sendCredit(stream: TunnelStream, bytes: number): void;
  /** Asks for credit growth; returns how much is granted. */
  growBy(stream: TunnelStream, bytes: number): number;
  waitForRoom(stream: TunnelStream): void;
  didClose(stream: TunnelStream): void;
}

/**
 * One byte stream of a tunnel: a small state machine without I/O. Both directions end on their own (`end`), or both
 * at once (`reset`). What is written beyond the peer's credit waits here.
 */
export class TunnelStream {
  readonly id: number;
  owner: StreamOwner;
  /** Bytes that the peer still lets us send. */
  sendCredit: number;
  /** Bytes that we still let the peer send. */
  receiveCredit: number;
  /** Size that our receive credit is topped up to. */
  receiveWindow: number;
  sentEnd = false;
  receivedEnd = false;
  closed = false;
  #peerLeft = false;
  #carrier: StreamCarrier;
  #pending: Uint8Array[] = [];
  #endAfterPending = false;
  #readsOn = false;
  #resetBehindEnd: { readonly code: number; readonly reason: string } | null = null;
  #blocked = false;
  #consumedSinceCredit = 0;

  constructor(id: number, owner: StreamOwner, carrier: StreamCarrier, sendCredit: number, receiveWindow: number) {
    this.id = id;
    this.owner = owner;
    this.#carrier = carrier;
    this.sendCredit = sendCredit;
    this.receiveCredit = receiveWindow;
    this.receiveWindow = receiveWindow;
  }

  /** Takes the chunk in any case; false asks the owner to wait for `onDrain`. The chunk must not change any more. */
  write(chunk: Uint8Array): boolean {
    if (this.closed || this.sentEnd || this.#endAfterPending || this.#peerLeft) return true;
    if (chunk.length === 0) return !this.#blocked;
    if (this.#pending.length > 0) {
      this.#pending.push(chunk);
      return false;
    }
    this.#sendWhatFits(chunk);
    if (this.#pending.length === 0 && this.#carrier.hasRoomFor(chunk.length)) return true;
    this.#blocked = true;
    if (this.#pending.length === 0 || this.sendCredit > 0) this.#carrier.waitForRoom(this);
    return false;
  }

  /**
   * Ends our direction, after what is still pending.
   * @param readsOn client only: whether the local caller is known to be there still, waiting for its answer
   */
  end(readsOn = false): void {
    if (this.closed || this.sentEnd || this.#endAfterPending) return;
    this.#readsOn = readsOn;
    if (this.#pending.length > 0) {
      this.#endAfterPending = true;
      return;
    }
    this.#sendEnd();
  }

  /** Relay only: tells that every answer begun so far has been written in full; says whether it could. */
  mark(answeredBytes: number): boolean {
    if (this.closed || this.sentEnd || this.#peerLeft || this.#pending.length > 0) return false;
    this.#carrier.sendMark(this, answeredBytes);
    return true;
  }

  /** Ends both directions at once and drops what is pending. Does not call the owner back. */
  reset(code: number, reason: string): void {
    if (this.closed) return;
    this.#carrier.sendReset(this, code, reason);
    this.#close();
  }

  /** Like `reset`, but where our end is due, what is pending and the end go first. */
  leave(code: number, reason: string): void {
    if (this.#endAfterPending) this.#resetBehindEnd = { code, reason };
    else this.reset(code, reason);
  }

  /** The owner has worked through `bytes` of what `onData` gave; credit goes back to the peer in portions. */
  consumed(bytes: number): void {
    if (this.closed || this.receivedEnd) return;
    this.#consumedSinceCredit += bytes;
    if (this.#consumedSinceCredit * 2 < this.receiveWindow) return;
    const growth = this.#carrier.growBy(this, this.receiveWindow);
    this.receiveWindow += growth;
    const credit = this.#consumedSinceCredit + growth;
    this.#consumedSinceCredit = 0;
    this.receiveCredit += credit;
    this.#carrier.sendCredit(this, credit);
  }

  /** The peer gave credit, or the tunnel has room again. */
  resume(): void {
    if (this.closed) return;
    const waiting = this.#pending;
    if (waiting.length > 0) {
      this.#pending = [];
      for (const [index, chunk] of waiting.entries()) {
        this.#sendWhatFits(chunk);
        if (this.#pending.length > 0) {
          for (const rest of waiting.slice(index + 1)) this.#pending.push(rest);
          break;
        }
      }
    }
    if (this.#pending.length > 0) {
      if (this.sendCredit > 0) this.#carrier.waitForRoom(this);
      return;
    }
    if (this.#endAfterPending) {
      this.#endAfterPending = false;
      this.#sendEnd();
      return;
    }
    if (!this.#blocked) return;
    if (!this.#carrier.hasRoomFor(maxDataBytes)) {
      this.#carrier.waitForRoom(this);
      return;
    }
    this.#blocked = false;
    this.owner.onDrain();
  }

  didReceiveEnd(readsOn: boolean): void {
    this.receivedEnd = true;
    this.owner.onEnd(readsOn);
    if (this.sentEnd) this.#close();
  }

  didReceiveReset(code: number, reason: string): void {
    if (this.closed) return;
    if (code === resetCode.cancelled && this.receivedEnd && !this.#peerLeft) {
      this.#peerLeft = true;
      if (this.owner.onLeft?.() === true) {
        this.#pending = [];
        this.#blocked = false;
        if (this.#endAfterPending) this.#sendEnd();
        return;
      }
    }
    this.#close();
    this.owner.onReset(code, reason);
  }

  /** Sends as much of the chunk as credit and room allow and keeps the rest. */
  #sendWhatFits(chunk: Uint8Array): void {
    if (!this.#carrier.hasRoomFor(chunk.length) || this.sendCredit === 0) {
      this.#pending.push(chunk);
    } else if (chunk.length <= this.sendCredit) {
      this.#carrier.sendData(this, chunk);
    } else {
      const fits = this.sendCredit;
      this.#carrier.sendData(this, chunk.subarray(0, fits));
      this.#pending.push(chunk.subarray(fits));
    }
  }

  #sendEnd(): void {
    this.sentEnd = true;
    this.#carrier.sendEnd(this, this.#readsOn);
    if (this.receivedEnd) this.#close();
    else if (this.#resetBehindEnd !== null) this.reset(this.#resetBehindEnd.code, this.#resetBehindEnd.reason);
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#pending = [];
    this.#carrier.didClose(this);
  }
}
