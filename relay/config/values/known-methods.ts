import { METHODS } from 'node:http';

/** Methods that can reach an upstream: those the parser knows, without CONNECT and TRACE (RFC 9110 §9.3.6, §9.3.8). */
export const knownMethods: ReadonlySet<string> = new Set(
  METHODS.filter((method) => method !== 'CONNECT' && method !== 'TRACE'),
);
