import { lookup } from 'node:dns/promises';

const timeoutMs = 1_000;

/** `elsewhere`: some resolver gives an address that isn't this computer's loopback. */
export type LocalName = 'loopback' | 'elsewhere' | 'unknown';

/**
 * What ordinary programs of this computer get for a name below `localhost` (RFC 6761 §6.3 asks for loopback; glibc and
 * musl leave it to the resolver, where it usually ends). Browsers and curl don't ask the system for such names.
 */
export async function askForLocalName(name: string): Promise<LocalName> {
  const { promise, resolve } = Promise.withResolvers<LocalName>();
  const timer = setTimeout(() => resolve('unknown'), timeoutMs);
  lookup(name, { all: true }).then(
    (found) => resolve(found.every(({ address }) => isLoopback(address)) ? 'loopback' : 'elsewhere'),
    () => resolve('unknown'),
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
