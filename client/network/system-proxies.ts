import { setTimeout as wait } from 'node:timers/promises';
import { AccessError } from '../../shared/errors.ts';
import { isLoopbackHost } from '../../shared/loopback-host.ts';
import { text } from '../../shared/messages/text.ts';
import { parsePacResult, type ProxyWay } from './pac-result.ts';
import { namesProxy, proxyFor, proxyName } from './proxy-for.ts';
import type { ProxyPasswords } from './proxy-passwords.ts';
import type { ProxySource } from './proxy-source.ts';

/** A proxy that couldn't be reached comes last for this long, as in browsers. */
const avoidedMs = 5 * 60_000;
/** A PAC file that isn't found in this time counts as none. */
const resolveTimeoutMs = 5_000;

export interface SystemProxiesOptions {
  /** What the system's settings say of an address, as a PAC file says it (Electron's `session.resolveProxy`). */
  readonly resolve: (url: string) => Promise<string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly passwords: Pick<ProxyPasswords, 'addTo' | 'didRefuse'>;
  readonly now: () => number;
}

/**
 * The system's proxy, with its PAC file and exceptions, asked anew each time, so that changes count at once. A program
 * that was started with HTTPS_PROXY or its like goes by that alone.
 */
export function createSystemProxies(options: SystemProxiesOptions): ProxySource {
  const { environment, passwords, now } = options;
  const avoidedUntil = new Map<string, number>();

  async function ways(url: string): Promise<readonly ProxyWay[]> {
    const over = new AbortController();
    try {
      const late = wait(resolveTimeoutMs, 'DIRECT', { signal: over.signal });
      return parsePacResult(await Promise.race([options.resolve(url), late]));
    } catch {
      // Settings that can't be read name no proxy.
      return [{ type: 'direct' }];
    } finally {
      over.abort();
    }
  }

  function usable(all: readonly ProxyWay[]): ProxyWay | undefined {
    const spoken = all.filter(({ type }) => type !== 'unsupported');
    const rested = spoken.filter((way) => way.type !== 'proxy' || (avoidedUntil.get(way.url) ?? 0) <= now());
    return rested[0] ?? spoken[0];
  }

  return {
    async proxyFor(url) {
      if (isLoopbackHost(new URL(url).hostname)) return null;
      if (namesProxy(environment)) return proxyFor(url, environment);
      const all = await ways(url);
      const way = usable(all);
      if (way?.type === 'proxy') return await passwords.addTo(new URL(way.url));
      const [first] = all;
      if (way === undefined && first?.type === 'unsupported') {
        throw new AccessError('bad-input', text('proxy-failure.unknown-kind', { kind: first.kind }));
      }
      return null;
    },
    didFail(proxy) {
      if (!namesProxy(environment)) avoidedUntil.set(`${proxy.protocol}//${proxyName(proxy)}`, now() + avoidedMs);
    },
    didRefusePassword(proxy) {
      if (namesProxy(environment)) return false;
      passwords.didRefuse(proxy);
      return true;
    },
  };
}
