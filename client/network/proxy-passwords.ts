import { z } from 'zod';
import type { SecretStore } from '../secrets/secret-store.ts';
import { proxyName } from './proxy-for.ts';

const storedSchema = z.object({ user: z.string(), password: z.string() });
type Password = z.infer<typeof storedSchema>;

/** A proxy that waits for the person: its host and port, with its scheme unless that is HTTP, and whether it refused what it was given. */
export interface WantedPassword {
  readonly proxy: string;
  readonly refused: boolean;
}

/** Users and passwords of proxies, kept as every other secret; one question at a time. */
export interface ProxyPasswords {
  /** The proxy's address with what is known put in. */
  addTo(proxy: URL): Promise<URL>;
  /** The proxy asked for a password; `proxy` is as it was called, with what it got. */
  didRefuse(proxy: URL): void;
  /** What the person is to be asked for; null when nothing. */
  wanted(): WantedPassword | null;
  /** The person's answer to what is wanted; one that can't be stored holds until the program ends. */
  answer(password: Password): Promise<void>;
  /** Proxies whose password was used or given since the program started. */
  kept(): readonly string[];
  /** Deletes what is kept of one of them, called as in `kept`; it asks when it is used again. */
  forget(proxy: string): Promise<void>;
}

/** See {@link ProxyPasswords}; `onChange` is called when what is wanted changes. */
export function createProxyPasswords(secrets: SecretStore, onChange: () => void): ProxyPasswords {
  const known = new Map<string, Password | null>();
  let wanted: (WantedPassword & { readonly name: string }) | null = null;

  async function passwordOf(name: string): Promise<Password | null> {
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    const stored = read(await secrets.get(`proxy:${name}`).catch(() => null));
    // An answer that came meanwhile is newer.
    if (!known.has(name)) {
      known.set(name, stored);
      if (stored !== null) onChange();
    }
    return known.get(name) ?? null;
  }

  function isCurrent(proxy: URL, name: string): boolean {
    const password = known.get(name) ?? null;
    return proxy.username === (password === null ? '' : encodeURIComponent(password.user));
  }

  return {
    async addTo(proxy) {
      const password = await passwordOf(keptName(proxy));
      if (password === null) return proxy;
      const whole = new URL(proxy);
      whole.username = encodeURIComponent(password.user);
      whole.password = encodeURIComponent(password.password);
      return whole;
    },
    didRefuse(proxy) {
      const name = keptName(proxy);
      // A request that was under way when the person answered says nothing about the answer.
      if (!isCurrent(proxy, name)) return;
      const refused = proxy.username !== '';
      if (wanted?.name === name && wanted.refused === refused) return;
      wanted = { name, proxy: shownName(name), refused };
      onChange();
    },
    wanted: () => (wanted === null ? null : { proxy: wanted.proxy, refused: wanted.refused }),
    async answer(password) {
      if (wanted === null) return;
      const { name } = wanted;
      known.set(name, password);
      wanted = null;
      onChange();
      await secrets.set(`proxy:${name}`, JSON.stringify(password)).catch(() => undefined);
    },
    kept: () => [...known].flatMap(([name, password]) => (password === null ? [] : [shownName(name)])),
    async forget(proxy) {
      const name = [...known.keys()].find((each) => shownName(each) === proxy);
      if (name === undefined) return;
      await secrets.delete(`proxy:${name}`);
      known.set(name, null);
      onChange();
    },
  };
}

/** With the scheme: what was given to a proxy over TLS isn't sent to one that hears it in clear text. */
function keptName(proxy: URL): string {
  return `${proxy.protocol}//${proxyName(proxy)}`;
}

function shownName(name: string): string {
  return name.replace(/^http:\/\//, '');
}

function read(text: string | null): Password | null {
  if (text === null) return null;
  try {
    const parsed = storedSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    // Damaged: the proxy asks, and then the person is asked.
    return null;
  }
}
