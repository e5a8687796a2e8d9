import { connectionFailure } from './connection-failure.ts';
import { ProxyFailure } from './proxy-failure.ts';

/** A proxy that gave no answer at all. */
export function proxyConnectionFailure(proxy: URL, error: unknown, late: boolean): ProxyFailure {
  const why = late ? 'it doesn’t answer in time' : (connectionFailure(error)?.words ?? (error as Error).message);
  return new ProxyFailure(proxy, `can’t be used: ${why}`, { unreachable: true, cause: error });
}
