import type { ErrorCode } from '../../shared/errors.ts';
import { ProxyFailure } from './proxy-failure.ts';

/** Why a connection could not be made, told from Node's error codes, with words for the person. */
export interface ConnectionFailure {
  readonly kind: 'certificate' | 'name' | 'refused' | 'timeout' | 'network' | 'proxy' | 'proxy-sign-in';
  readonly words: string;
}

const certificateWords: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that this computer doesn’t know',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that this computer doesn’t know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that this computer doesn’t know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that this computer doesn’t know',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate isn’t valid yet (or this computer’s clock is behind)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate was made for another name',
  CERT_REVOKED: 'its certificate has been revoked',
  CERT_UNTRUSTED: 'its certificate isn’t trusted',
};

const networkWords: Readonly<Record<string, readonly [ConnectionFailure['kind'], string]>> = {
  ENOTFOUND: ['name', 'its name is unknown (DNS)'],
  EAI_AGAIN: ['name', 'the name service (DNS) doesn’t answer'],
  ECONNREFUSED: ['refused', 'nothing listens there'],
  ECONNRESET: ['network', 'the connection was cut'],
  EPIPE: ['network', 'the connection was cut'],
  ENETUNREACH: ['network', 'there is no network route to it'],
  EHOSTUNREACH: ['network', 'there is no network route to it'],
  ETIMEDOUT: ['timeout', 'it doesn’t answer'],
  UND_ERR_CONNECT_TIMEOUT: ['timeout', 'it doesn’t answer'],
  UND_ERR_HEADERS_TIMEOUT: ['timeout', 'it doesn’t answer'],
  UND_ERR_BODY_TIMEOUT: ['timeout', 'it doesn’t answer'],
  UND_ERR_SOCKET: ['network', 'the connection was cut'],
  EMFILE: ['network', 'this program has no file descriptor left (see ulimit -n)'],
  ENFILE: ['network', 'this computer has no file descriptor left'],
  TimeoutError: ['timeout', 'it doesn’t answer in time'],
};

/** How TLS failed, in the order in which a code is looked up; OpenSSL has many more that say nothing to a person. */
const tlsWords: readonly (readonly [RegExp, string])[] = [
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|INAPPROPRIATE_FALLBACK/,
    'only TLS 1.2 or older is spoken there, or by a device in between that opens secure connections; TLS 1.3 is needed',
  ],
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|RECORD_LAYER/, 'it doesn’t speak TLS there'],
  [/CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED/, 'it doesn’t accept this computer’s certificate'],
];

/** Node gives the reason as code, or as `EPROTO` with OpenSSL's line in the message. */
function tlsFailure(code: string, message: string): string | undefined {
  if (!code.startsWith('ERR_SSL_') && code !== 'EPROTO') return undefined;
  const reason = `${code} ${message.toUpperCase().replaceAll(' ', '_')}`;
  return tlsWords.find(([reasons]) => reasons.test(reason))?.[1] ?? 'TLS failed there';
}

/** The code for what stands in the way: the proxy where it is at fault, else `unreachable`, which names the other side. */
export function unreachableCode(failure: ConnectionFailure | null, unreachable: ErrorCode): ErrorCode {
  if (failure?.kind === 'proxy') return 'proxy-failed';
  return failure?.kind === 'proxy-sign-in' ? 'proxy-sign-in' : unreachable;
}

/** Looks through an error and its causes; null when none of them is about the connection. */
export function connectionFailure(error: unknown): ConnectionFailure | null {
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  while (queue.length > 0) {
    const current = queue.shift();
    if (!(current instanceof Error) || seen.has(current)) continue;
    seen.add(current);
    if (current instanceof ProxyFailure) {
      return { kind: current.kind === 'passed-on' ? 'network' : current.kind, words: current.message };
    }
    for (const key of [(current as NodeJS.ErrnoException).code, current.name]) {
      // The time-out of an AbortSignal is a DOMException, whose code is a number.
      if (typeof key !== 'string') continue;
      const certificate = certificateWords[key];
      if (certificate !== undefined) return { kind: 'certificate', words: certificate };
      const network = networkWords[key];
      if (network !== undefined) return { kind: network[0], words: network[1] };
      const tls = tlsFailure(key, current.message);
      if (tls !== undefined) return { kind: 'network', words: tls };
    }
    if (current instanceof AggregateError) queue.push(...(current.errors as unknown[]));
    queue.push(current.cause);
  }
  return null;
}
