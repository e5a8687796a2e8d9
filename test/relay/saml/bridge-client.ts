import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrlWithPAR,
  calculatePKCECodeChallenge,
  type Configuration,
  discovery,
  type DPoPHandle,
  getDPoPHandle,
  None,
  randomDPoPKeyPair,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { PageBrowser, Visit } from './page-browser.ts';

/** A sign-in at the bridge under way, as the app does it. */
export interface BridgeSignIn {
  readonly configuration: Configuration;
  readonly dpop: DPoPHandle;
  readonly url: string;
  /** Exchanges the code of the callback. */
  finish(callback: URL): ReturnType<typeof authorizationCodeGrant>;
}

export const redirectUri = 'http://127.0.0.1:9/callback';

/** Begins a sign-in with PAR, PKCE and DPoP. */
export async function beginSignIn(issuer: string, extra: Readonly<Record<string, string>> = {}): Promise<BridgeSignIn> {
  const configuration = await discovery(new URL(issuer), 'causeway', {}, None(), { execute: [allowInsecureRequests] });
  const dpop = getDPoPHandle(configuration, await randomDPoPKeyPair('ES256'));
  const [verifier, state] = [randomPKCECodeVerifier(), randomState()];
  const url = await buildAuthorizationUrlWithPAR(
    configuration,
    {
      redirect_uri: redirectUri,
      scope: 'openid profile email offline_access',
      state,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...extra,
    },
    { DPoP: dpop },
  );
  return {
    configuration,
    dpop,
    url: url.href,
    finish: (callback) =>
      authorizationCodeGrant(
        configuration,
        callback,
        { pkceCodeVerifier: verifier, expectedState: state },
        {},
        { DPoP: dpop },
      ),
  };
}

export const isCallback = ({ url }: Visit): boolean => url.startsWith(redirectUri);

/** Goes through the pages to the callback; throws with the page’s words when there is none. */
export async function reachCallback(browser: PageBrowser, url: string): Promise<URL> {
  const { next, text } = await browser.visit({ url }, isCallback);
  if (next === undefined) throw new Error(wordsOf(text));
  return new URL(next.url);
}

/** The text of a page’s paragraphs. */
export function wordsOf(html: string): string {
  const paragraphs = [...html.matchAll(/<p[^>]*>([^<]*)</g)].map(([, words]) => words);
  return paragraphs.length === 0 ? html : paragraphs.join(' ');
}
