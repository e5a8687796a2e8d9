import { proxyFor } from './proxy-for.ts';

/** Which proxy is on the way to an address; asked anew for each request and each attempt of the tunnel. */
export interface ProxySource {
  /**
   * Null for none, always so for this computer's own addresses. Its user and password, where they are known, stand in
   * the address. @throws AccessError `bad-input` when what is set can't be used
   */
  proxyFor(url: string): Promise<URL | null>;
  /** This one couldn't be reached: where the system names several, another one counts for a while. */
  didFail?(proxy: URL): void;
  /**
   * This proxy wants a password, or doesn't take the one it got. Says whether the person is asked for it; where this is
   * left out, nobody can be.
   */
  didRefusePassword?(proxy: URL): boolean;
}

/** The proxies that HTTPS_PROXY and its like name. */
export const environmentProxies: ProxySource = { proxyFor: async (url) => proxyFor(url) };
