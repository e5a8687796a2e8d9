import type { ErrorCode } from '../../shared/errors.ts';
import { ProxyFailure } from './proxy-failure.ts';
import { type TextId, text } from '../../shared/messages/text.ts';

/** Why a connection could not be made, told from Node's error codes, with words for the person. */
export interface ConnectionFailure {
  readonly kind: 'certificate' | 'name' | 'refused' | 'timeout' | 'network' | 'proxy' | 'proxy-sign-in';
  readonly words: string;
}

/** The end of the id of the words. */
type Words = TextId extends infer Id ? (Id extends `connection.${infer End}` ? End : never) : never;

const certificateWords: Readonly<Record<string, Words>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-authority',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-early',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-name',
  CERT_REVOKED: 'certificate-revoked',
  CERT_NOT_PINNED: 'certificate-not-pinned',
  CERT_PINS_UNUSABLE: 'pins-unusable',
  CERT_UNTRUSTED: 'certificate-untrusted',
};

const networkWords: Readonly<Record<string, readonly [ConnectionFailure['kind'], Words]>> = {
  ENOTFOUND: ['name', 'name-unknown'],
  EAI_AGAIN: ['name', 'name-service'],
  ECONNREFUSED: ['refused', 'nothing-listens'],
  ECONNRESET: ['network', 'cut'],
  EPIPE: ['network', 'cut'],
  ENETUNREACH: ['network', 'no-route'],
  EHOSTUNREACH: ['network', 'no-route'],
  ETIMEDOUT: ['timeout', 'silent'],
  UND_ERR_CONNECT_TIMEOUT: ['timeout', 'silent'],
  UND_ERR_HEADERS_TIMEOUT: ['timeout', 'silent'],
  UND_ERR_BODY_TIMEOUT: ['timeout', 'silent'],
  UND_ERR_SOCKET: ['network', 'cut'],
  EMFILE: ['network', 'no-descriptor'],
  ENFILE: ['network', 'no-descriptor-at-all'],
  TimeoutError: ['timeout', 'late'],
};

/** How TLS failed, in the order in which a code is looked up; OpenSSL has many more that say nothing to a person. */
const tlsWords: readonly (readonly [RegExp, Words])[] = [
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|INAPPROPRIATE_FALLBACK/, 'old-tls'],
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|RECORD_LAYER/, 'no-tls'],
  [/CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED/, 'own-certificate'],
];

/** Node gives the reason as code, or as `EPROTO` with OpenSSL's line in the message. */
function tlsFailure(code: string, message: string): Words | undefined {
  if (!code.startsWith('ERR_SSL_') && code !== 'EPROTO') return undefined;
  const reason = `${code} ${message.toUpperCase().replaceAll(' ', '_')}`;
  return tlsWords.find(([reasons]) => reasons.test(reason))?.[1] ?? 'tls';
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
      if (certificate !== undefined) return { kind: 'certificate', words: text(`connection.${certificate}`) };
      const network = networkWords[key];
      if (network !== undefined) return { kind: network[0], words: text(`connection.${network[1]}`) };
      const tls = tlsFailure(key, current.message);
      if (tls !== undefined) return { kind: 'network', words: text(`connection.${tls}`) };
    }
    if (current instanceof AggregateError) queue.push(...(current.errors as unknown[]));
    queue.push(current.cause);
  }
  return null;
}
