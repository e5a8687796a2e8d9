import type { ProxySource } from './proxy-source.ts';

const everyMs = 10_000;

/**
 * Looks now and then whether the way to the relays goes through another proxy than before, which no system tells of by
 * itself, and calls back when it does. Returns what stops it.
 */
export function watchProxies(options: {
  readonly proxies: Pick<ProxySource, 'proxyFor'>;
  readonly urls: () => readonly string[];
  readonly onChange: () => void;
  readonly everyMs?: number;
}): () => void {
  const known = new Map<string, string>();
  let looking = false;

  async function wayTo(url: string): Promise<string> {
    try {
      return (await options.proxies.proxyFor(url))?.href ?? '';
    } catch (error) {
      return (error as Error).message;
    }
  }

  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    let changed = false;
    for (const url of options.urls()) {
      const way = await wayTo(url);
      const before = known.get(url);
      if (before !== undefined && before !== way) changed = true;
      known.set(url, way);
    }
    looking = false;
    if (changed) options.onChange();
  }

  void look();
  const timer = setInterval(() => void look(), options.everyMs ?? everyMs);
  return () => clearInterval(timer);
}
