import { randomFillSync } from 'node:crypto';

/** The caller’s place in a trace (W3C Trace Context). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the caller’s span. */
  readonly spanId: string;
  readonly isSampled: boolean;
  /** What tracing systems keep beside it; empty where there is nothing. */
  readonly state: string;
}

/** W3C Trace Context §3.2.2; longer ones are of a later version, which is read as far as it is known (§4.3). */
const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const sampledFlag = 1;
/** So much is passed on at least (§3.3.1.5); what is more goes. */
const maxStateLength = 512;

/**
 * Reads `traceparent` and `tracestate`; null when there is none, or it is malformed, repeated or all zeros, which all count as none.
 * @param headers names and values in turn
 */
export function readTraceContext(headers: readonly string[]): TraceContext | null {
  let parent: string | null = null;
  let state = '';
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (name.length === traceparent.length && name.toLowerCase() === traceparent) {
      if (parent !== null) return null;
      parent = headers[index + 1] ?? '';
    } else if (name.length === tracestate.length && name.toLowerCase() === tracestate) {
      state += `${state === '' ? '' : ','}${headers[index + 1] ?? ''}`;
    }
  }
  if (parent === null || parent.length > maxStateLength) return null;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = form.exec(parent) ?? [];
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  const isSampled = (Number.parseInt(flags, 16) & sampledFlag) !== 0;
  return { traceId, spanId, isSampled, state: state.length > maxStateLength ? '' : state };
}

/** Names of the two headers. */
export const traceparent = 'traceparent';
export const tracestate = 'tracestate';

/** Value of `traceparent` for whoever is asked next. */
export function formatTraceparent(traceId: string, spanId: string, isSampled: boolean): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

const pool = Buffer.alloc(8192);
let digits = '';
let used = 0;

/** So many random bytes in hexadecimal digits: 16 name a trace, 8 a span. */
export function randomId(bytes: 16 | 8): string {
  const count = bytes * 2;
  if (used + count > digits.length) {
    // Digits of the whole pool at once: a text’s part costs nothing, and this is done several times with each request.
    digits = randomFillSync(pool).toString('hex');
    used = 0;
  }
  used += count;
  return digits.slice(used - count, used);
}

const lastDigits = 12;

/** Whether a trace is among the share that is traced: by its id, so that all relays say the same. */
export function isInShare(traceId: string, ratio: number): boolean {
  return ratio >= 1 || Number.parseInt(traceId.slice(-lastDigits), 16) < ratio * 16 ** lastDigits;
}
