import { isLoopbackHost } from '../../shared/loopback-host.ts';
import { type ManagedState, managedValue } from '../../shared/managed/managed-state.ts';
import { proxyFor } from './proxy-for.ts';
import type { ProxyPasswords } from './proxy-passwords.ts';
import type { ProxySource } from './proxy-source.ts';

export interface ManagedProxiesOptions {
  /** Asked anew each time, so that changes count at once. */
  readonly managed: () => ManagedState;
  /** What counts where IT says nothing. */
  readonly unmanaged: ProxySource;
  /** The system’s settings alone, whatever the program’s environment says. */
  readonly system: ProxySource;
  /** Where the person can be asked for a password; null where nobody can be. */
  readonly passwords: Pick<ProxyPasswords, 'addTo' | 'didRefuse'> | null;
}

/** The proxy that IT has set, where it has: an address, the system’s, or none. */
export function createManagedProxies({ managed, unmanaged, system, passwords }: ManagedProxiesOptions): ProxySource {
  function source(): ProxySource | null {
    const value = managedValue(managed(), 'proxy');
    if (value === undefined) return unmanaged;
    return value === 'system' ? system : null;
  }

  return {
    async proxyFor(url) {
      const elsewhere = source();
      if (elsewhere !== null) return await elsewhere.proxyFor(url);
      const value = managedValue(managed(), 'proxy');
      if (value === undefined || value === 'direct' || isLoopbackHost(new URL(url).hostname)) return null;
      const exceptions = managedValue(managed(), 'proxyExceptions') ?? [];
      const proxy = proxyFor(url, { all_proxy: value, no_proxy: exceptions.join(',') });
      return proxy === null || passwords === null ? proxy : await passwords.addTo(proxy);
    },
    didFail: (proxy) => source()?.didFail?.(proxy),
    didRefusePassword(proxy) {
      const elsewhere = source();
      if (elsewhere !== null) return elsewhere.didRefusePassword?.(proxy) ?? false;
      passwords?.didRefuse(proxy);
      return passwords !== null;
    },
  };
}
