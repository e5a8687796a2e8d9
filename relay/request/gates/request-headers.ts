import { reason, type Reason } from '../../../shared/reason.ts';
import { judgeName } from '../../config/values/header-names.ts';

/** What a browser says of the page that makes a request; undefined where it says nothing. */
export interface PageClaims {
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly fetchDest: string | undefined;
}

/** What one pass over a request's raw headers finds. */
export type RequestHeaders =
  | {
      readonly status: 'ok';
      /** Names and values in turn, without Host, hop-by-hop headers and the relay's own; the API says which pass. */
      readonly forwarded: readonly string[];
      readonly host: string;
      readonly page: PageClaims;
      /** Address that a COPY or MOVE is to (RFC 4918 §10.3). */
      readonly destination: string | undefined;
      /** Headers that ask for a method; in pairs of name and value. */
      readonly methodOverrides: readonly (readonly [name: string, method: string])[];
      /** Value of X-Causeway-Key, which never goes on to an upstream. */
      readonly accessKey: string | undefined;
      readonly hasBody: boolean;
      /** Value of Content-Length; undefined for chunked or no body. */
      readonly contentLength: number | undefined;
    }
  | { readonly status: 'refused'; readonly httpStatus: 400 | 417 | 431; readonly why: Reason };

/**
 * Judges and rewrites request headers in one pass. Node's parser has refused what is malformed; here goes what is
 * well-formed and still ambiguous (RFC 9112 §3.2, §6.1): two Hosts, a Transfer-Encoding other than `chunked`.
 * @param rawHeaders names and values in turn, as received
 */
export function readRequestHeaders(rawHeaders: readonly string[], maxHeaders: number): RequestHeaders {
  if (rawHeaders.length > maxHeaders * 2) {
    return refused(reason('too-many-headers', { count: rawHeaders.length / 2, most: maxHeaders }), 431);
  }
  const forwarded: string[] = [];
  let host: string | undefined;
  let page: Map<string, string> | undefined;
  let destination: string | undefined;
  let methodOverrides: (readonly [string, string])[] | undefined;
  let accessKey: string | undefined;
  let contentLength: number | undefined;
  let chunked = false;
  let connectionNamed: Set<string> | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const { lower, fate } = judgeName(name);
    switch (fate) {
      case 'pass':
      case 'claimed':
        forwarded.push(name, value);
        break;
      case 'browser':
        if (page?.has(lower) === true) return refused(reason('two-headers', { header: name }));
        page ??= new Map();
        page.set(lower, value);
        forwarded.push(name, value);
        break;
      case 'destination':
        if (destination !== undefined) return refused(reason('two-headers', { header: 'Destination' }));
        destination = value;
        forwarded.push(name, value);
        break;
      case 'method-override':
        methodOverrides ??= [];
        methodOverrides.push([name, value]);
        forwarded.push(name, value);
        break;
      case 'host':
        if (host !== undefined) return refused(reason('two-headers', { header: 'Host' }));
        host = value.toLowerCase();
        break;
      case 'content-length':
        if (contentLength !== undefined) return refused(reason('two-headers', { header: 'Content-Length' }));
        if (!/^[0-9]{1,15}$/.test(value)) return refused(reason('bad-length'));
        contentLength = Number(value);
        forwarded.push(name, value);
        break;
      case 'hop':
        if (lower === 'transfer-encoding') {
          if (chunked || value.toLowerCase() !== 'chunked') {
            return refused(reason('bad-coding'));
          }
          chunked = true;
        } else if (lower === 'connection') {
          for (const token of value.split(',')) {
            const named = token.trim().toLowerCase();
            if (named !== '' && named !== 'close' && named !== 'keep-alive' && named !== 'upgrade') {
              connectionNamed ??= new Set();
              connectionNamed.add(named);
            }
          }
        }
        break;
      case 'expect':
        if (value.toLowerCase() !== '100-continue') {
          return refused(reason('bad-expectation'), 417);
        }
        break;
      case 'own':
        if (lower === 'x-causeway-key') {
          if (accessKey !== undefined) return refused(reason('two-headers', { header: 'X-Causeway-Key' }));
          accessKey = value;
        }
    }
  }
  if (host === undefined) return refused(reason('no-host'));
  if (chunked && contentLength !== undefined) {
    return refused(reason('length-and-coding'));
  }
  return {
    status: 'ok',
    forwarded: connectionNamed === undefined ? forwarded : without(forwarded, connectionNamed),
    host,
    page: page === undefined ? noClaims : claimsOf(page),
    destination,
    methodOverrides: methodOverrides ?? noOverrides,
    accessKey,
    hasBody: chunked || (contentLength !== undefined && contentLength > 0),
    contentLength,
  };
}

const noClaims: PageClaims = { origin: undefined, fetchSite: undefined, fetchMode: undefined, fetchDest: undefined };
const noOverrides: readonly (readonly [string, string])[] = [];

function claimsOf(page: ReadonlyMap<string, string>): PageClaims {
  return {
    origin: page.get('origin'),
    fetchSite: page.get('sec-fetch-site'),
    fetchMode: page.get('sec-fetch-mode'),
    fetchDest: page.get('sec-fetch-dest'),
  };
}

function refused(why: Reason, httpStatus: 400 | 417 | 431 = 400): RequestHeaders {
  return { status: 'refused', httpStatus, why };
}

/** Headers that Connection names go with it (RFC 9110 §7.6.1); the length of the body can't be named away. */
function without(headers: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'content-length' || !names.has(lower)) kept.push(name, headers[index + 1] ?? '');
  }
  return kept;
}
