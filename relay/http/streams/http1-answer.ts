import { ServerResponse } from 'node:http';

const nothing = Buffer.alloc(0);

/** The answer to an HTTP/1.1 caller, whose bytes leave as they came and in their order, also behind other answers. */
export class Http1Answer extends ServerResponse {
  #early: (() => void)[] = [];

  /** Node's own writes a head that goes ahead of its body as UTF-8, and turns each byte of Latin-1 into two. */
  override flushHeaders(): void {
    this.write(nothing);
  }

  override writeContinue(callback?: () => void): void {
    this.#inTurn(() => super.writeContinue(callback));
  }

  override writeProcessing(callback?: () => void): void {
    this.#inTurn(() => super.writeProcessing(callback));
  }

  override writeEarlyHints(hints: Record<string, string | string[]>, callback?: () => void): void {
    this.#inTurn(() => super.writeEarlyHints(hints, callback));
  }

  /**
   * Of a pipelined request Node would put an interim answer between the head and the body of the final one
   * (RFC 9110 §15.2): it waits until the answers before are out, and is left out when the final one is there first.
   */
  #inTurn(send: () => void): void {
    if (this.socket !== null) {
      send();
      return;
    }
    if (this.#early.length === 0) this.once('socket', () => this.#sendEarly());
    this.#early.push(send);
  }

  #sendEarly(): void {
    const early = this.#early;
    this.#early = [];
    if (this.headersSent) return;
    for (const send of early) {
      try {
        send();
      } catch {
        // Called by Node, where a throw would end the process; a hint that isn't well-formed is left out.
      }
    }
  }
}
