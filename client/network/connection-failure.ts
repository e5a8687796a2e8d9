/** Why a connection could not be made, told from Node's error codes, with words for the person. */
export interface ConnectionFailure {
  readonly kind: 'certificate' | 'name' | 'refused' | 'timeout' | 'network';
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
  TimeoutError: ['timeout', 'it doesn’t answer in time'],
};

/** Looks through an error and its causes; null when none of them is about the connection. */
export function connectionFailure(error: unknown): ConnectionFailure | null {
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  while (queue.length > 0) {
    const current = queue.shift();
    if (!(current instanceof Error) || seen.has(current)) continue;
    seen.add(current);
    for (const key of [(current as NodeJS.ErrnoException).code, current.name]) {
      // The time-out of an AbortSignal is a DOMException, whose code is a number.
      if (typeof key !== 'string') continue;
      const certificate = certificateWords[key];
      if (certificate !== undefined) return { kind: 'certificate', words: certificate };
      const network = networkWords[key];
      if (network !== undefined) return { kind: network[0], words: network[1] };
      if (key.startsWith('ERR_SSL_') || key === 'EPROTO') {
        return { kind: 'network', words: 'it doesn’t speak TLS there' };
      }
    }
    if (current instanceof AggregateError) queue.push(...(current.errors as unknown[]));
    queue.push(current.cause);
  }
  return null;
}
