import { type IncomingMessage, ServerResponse, STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';

const nothing = Buffer.alloc(0);

/** The answer to an HTTP/1.1 caller, whose bytes leave as they came and in their order, also behind other answers. */
export class Http1Answer extends ServerResponse<IncomingMessage> {
  #early: (() => void)[] = [];

  /** Node's own writes a head that goes ahead of its body as UTF-8, and turns each byte of Latin-1 into two. */
  override flushHeaders(): void {
    this.write(nothing);
  }

  override writeContinue(callback?: () => void): void {
    this.#inTurn(() => super.writeContinue(callback));
  }

  /** Node’s own ways know 102 and 103 alone, and let no more pass than a link without spaces in its words. */
  writeInterim(status: number, headers: readonly string[]): void {
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    for (let index = 0; index < headers.length; index += 2) {
      const [name = '', value = ''] = [headers[index], headers[index + 1]];
      validateHeaderName(name);
      validateHeaderValue(name, value);
      head += `${name}: ${value}\r\n`;
    }
    this.#inTurn(() => this.socket?.write(`${head}\r\n`, 'latin1'));
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
    for (const send of early) send();
  }
}
