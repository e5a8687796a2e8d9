import type { DiscoveryIssuer } from '../../shared/discovery-document.ts';
import type { HttpClient } from '../network/http-client.ts';
import { discoverProvider, type Provider } from '../provider/discover-provider.ts';

const maxAgeMs = 60 * 60_000;

/** Remembers a provider's metadata for an hour; failures aren't remembered. */
export function createProviderCache(http: HttpClient, now: () => number) {
  let cached: { readonly issuer: string; readonly atMs: number; readonly provider: Promise<Provider> } | undefined;
  return {
    /** @throws AccessError as `discoverProvider` does */
    async get(issuer: DiscoveryIssuer): Promise<Provider> {
      if (cached?.issuer !== issuer.issuer || now() - cached.atMs > maxAgeMs) {
        cached = { issuer: issuer.issuer, atMs: now(), provider: discoverProvider(issuer, http) };
      }
      const { provider } = cached;
      try {
        return await provider;
      } catch (error) {
        if (cached?.provider === provider) cached = undefined;
        throw error;
      }
    },
  };
}
