import { createHttpClient } from '../../../client/network/http-client.ts';
import { runSignIn } from '../../../client/sign-in/run-sign-in.ts';
import type { TokenSet } from '../../../client/tokens/token-set.ts';
import type { Idp } from '../../support/idp/start-idp.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { startSmallRelay } from './small-relay.ts';

/** Tokens of alice from a real sign-in at the provider. */
export async function signedInTokens(idp: Idp): Promise<TokenSet> {
  const relay = await startSmallRelay({ issuer: idp.issuer, clientId: idp.clientId });
  const http = createHttpClient();
  try {
    const { tokens } = await runSignIn({
      relayUrl: relay.url,
      appVersion: '0.1.0',
      http,
      openBrowser: async (url) => void (await signInWithoutBrowser(url, { user: 'alice' })),
      onStep: () => undefined,
      signal: new AbortController().signal,
      timeoutMs: 60_000,
      now: Date.now,
    });
    return tokens;
  } finally {
    await http.close();
    await relay.close();
  }
}
