import { createRequire } from 'node:module';

/** The parser of Node’s HTTP server, as far as the benches drive it. */
export interface Parser {
  initialize(kind: number, resource: object): void;
  execute(bytes: Buffer): number | Error;
  [callback: number]: unknown;
}

interface ParserClass {
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeadersComplete: number;
  new (): Parser;
}

// There is no other way to the parser alone.
export const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as { HTTPParser: ParserClass };
