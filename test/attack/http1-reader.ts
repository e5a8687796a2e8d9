import { createHash } from 'node:crypto';

/** One HTTP/1.1 message as it was on the wire. */
export interface Http1Message {
  readonly startLine: string;
  /** Names as received and values, in turn. */
  readonly headers: readonly string[];
  bytes: number;
  sha256: string;
  trailers: readonly string[];
  /** What the body begins with, for whoever reads a report. */
  beginning: string;
  /** Its own framing says that it is complete. */
  whole: boolean;
  /** Nothing but the end of the connection ends it. */
  readonly untilClose: boolean;
}

export interface Http1ReaderEvents {
  readonly head?: (message: Http1Message) => void;
  readonly end: (message: Http1Message) => void;
  /** What follows can't be read as HTTP; the rest is dropped. */
  readonly broken: (why: string) => void;
}

const maxKept = 500;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u;
const emptyHash = createHash('sha256').digest('hex');

/** Reads the messages of one direction of a connection as strictly as RFC 9112 lets one. */
export class Http1Reader {
  readonly #side: 'requests' | 'answers';
  readonly #events: Http1ReaderEvents;
  /** Methods of the requests whose answers are to come, oldest first. */
  readonly methods: string[] = [];
  #buffered: Buffer = Buffer.alloc(0);
  #message: Http1Message | null = null;
  #hash = createHash('sha256');
  #left = 0;
  #state: 'head' | 'body' | 'size' | 'chunk' | 'chunk-end' | 'trailers' | 'over' = 'head';

  constructor(side: 'requests' | 'answers', events: Http1ReaderEvents) {
    this.#side = side;
    this.#events = events;
  }

  push(chunk: Buffer): void {
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    while (this.#step());
  }

  /** The other side sends no more; a reset ends nothing as whole. */
  finish(how: 'end' | 'reset'): void {
    const message = this.#message;
    if (message === null) {
      if (this.#state === 'head' && this.#buffered.length > 0) this.#break('the end inside a head');
      return;
    }
    this.#end(message, message.untilClose && how === 'end');
    this.#state = 'over';
  }

  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#readHead();
      case 'body':
        return this.#take(() => this.#message !== null && this.#end(this.#message, true));
      case 'size':
        return this.#readSize();
      case 'chunk':
        return this.#take(() => (this.#state = 'chunk-end'));
      case 'chunk-end':
        if (this.#buffered.length < 2) return false;
        if (this.#buffered.toString('latin1', 0, 2) !== '\r\n') return this.#break('a chunk longer than its size');
        this.#buffered = this.#buffered.subarray(2);
        this.#state = 'size';
        return true;
      case 'trailers':
        return this.#readTrailers();
      case 'over':
        this.#buffered = Buffer.alloc(0);
        return false;
    }
  }

  #readHead(): boolean {
    const end = this.#buffered.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [startLine = '', ...lines] = this.#buffered.toString('latin1', 0, end).split('\r\n');
    this.#buffered = this.#buffered.subarray(end + 4);
    const headers = this.#fields(lines);
    if (headers === null) return false;
    const pattern = this.#side === 'requests' ? /^[^ ]+ [^ ]+ HTTP\/1\.1$/u : /^HTTP\/1\.1 \d{3} /u;
    if (!pattern.test(startLine)) return this.#break(`the line ${JSON.stringify(startLine)}`);
    const lengths = valuesOf(headers, 'content-length');
    const codings = valuesOf(headers, 'transfer-encoding');
    if (lengths.length + codings.length > 1) return this.#break('two framings of one body');
    const status = this.#side === 'answers' ? Number(startLine.slice(9, 12)) : 0;
    const interim = status > 0 && status < 200 && status !== 101;
    const method = this.#side === 'answers' && !interim ? this.methods.shift() : undefined;
    const bodiless = interim || status === 204 || status === 304 || method === 'HEAD';
    const untilClose = this.#side === 'answers' && !bodiless && status !== 101 && lengths.length + codings.length === 0;
    const message: Http1Message = {
      startLine,
      headers,
      bytes: 0,
      sha256: emptyHash,
      trailers: [],
      beginning: '',
      whole: false,
      untilClose,
    };
    this.#message = message;
    this.#hash = createHash('sha256');
    this.#events.head?.(message);
    const [length] = lengths;
    const [coding] = codings;
    if (bodiless || status === 101) {
      this.#end(message, true);
      if (status === 101) this.#state = 'over';
    } else if (coding !== undefined) {
      if (coding !== 'chunked') return this.#break(`Transfer-Encoding: ${coding}`);
      this.#state = 'size';
    } else if (length !== undefined) {
      if (!/^\d{1,15}$/u.test(length)) return this.#break(`Content-Length: ${length}`);
      this.#left = Number(length);
      if (this.#left === 0) this.#end(message, true);
      else this.#state = 'body';
    } else if (untilClose) {
      this.#left = Infinity;
      this.#state = 'body';
    } else this.#end(message, true);
    return true;
  }

  #readSize(): boolean {
    const end = this.#buffered.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#buffered.toString('latin1', 0, end);
    const size = /^([0-9a-fA-F]{1,12})(?:;.*)?$/u.exec(line)?.[1];
    if (size === undefined) return this.#break(`the chunk size ${JSON.stringify(line.slice(0, 40))}`);
    this.#buffered = this.#buffered.subarray(end + 2);
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    return true;
  }

  #readTrailers(): boolean {
    const none = this.#buffered.subarray(0, 2).equals(Buffer.from('\r\n'));
    const end = none ? 0 : this.#buffered.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const lines = none ? [] : this.#buffered.toString('latin1', 0, end).split('\r\n');
    this.#buffered = this.#buffered.subarray(none ? 2 : end + 4);
    const trailers = this.#fields(lines);
    if (trailers === null || this.#message === null) return false;
    this.#message.trailers = trailers;
    this.#end(this.#message, true);
    return true;
  }

  #take(done: () => void): boolean {
    if (this.#message === null || this.#buffered.length === 0) return false;
    const part = this.#buffered.subarray(0, Math.min(this.#left, this.#buffered.length));
    this.#hash.update(part);
    const kept = this.#message.beginning.length;
    if (kept < maxKept) this.#message.beginning += part.toString('latin1', 0, maxKept - kept);
    this.#message.bytes += part.length;
    this.#left -= part.length;
    this.#buffered = this.#buffered.subarray(part.length);
    if (this.#left === 0) done();
    return this.#buffered.length > 0;
  }

  #fields(lines: readonly string[]): string[] | null {
    const fields: string[] = [];
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, Math.max(0, colon));
      const value = line.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/gu, '');
      // oxlint-disable-next-line no-control-regex -- controls are what it looks for
      if (!token.test(name) || /[\0-\x08\x0a-\x1f\x7f]/u.test(value)) {
        this.#break(`the field line ${JSON.stringify(line.slice(0, 80))}`);
        return null;
      }
      fields.push(name, value);
    }
    return fields;
  }

  #end(message: Http1Message, whole: boolean): void {
    message.whole = whole;
    message.sha256 = this.#hash.digest('hex');
    this.#message = null;
    this.#state = 'head';
    this.#events.end(message);
  }

  #break(why: string): false {
    this.#state = 'over';
    this.#events.broken(why);
    if (this.#message !== null) this.#end(this.#message, false);
    this.#state = 'over';
    return false;
  }
}

/** Values of a header in order, for a name in lower case. */
export function valuesOf(headers: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    if ((headers[index] ?? '').toLowerCase() === name) values.push(headers[index + 1] ?? '');
  }
  return values;
}
