import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createHttpClient } from '../../../client/network/http-client.ts';
import { discoverProvider } from '../../../client/provider/discover-provider.ts';
import { requestRenewal } from '../../../client/tokens/request-renewal.ts';
import type { TokenSet } from '../../../client/tokens/token-set.ts';

/** What a provider's token endpoint hears when the app renews its tokens. */
async function renewal(issuer: Partial<TokenSet['issuer']>): Promise<{ form: URLSearchParams; tokens: TokenSet }> {
  let form = new URLSearchParams();
  const server = createServer((request, response) => {
    const url = `http://${request.headers.host}`;
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.url !== '/token') {
        const endpoints = {
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          jwks_uri: `${url}/jwks`,
        };
        response.end(JSON.stringify({ issuer: url, ...endpoints }));
        return;
      }
      form = new URLSearchParams(body);
      response.end(JSON.stringify({ access_token: 'next', token_type: 'Bearer', expires_in: 60 }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = createHttpClient();
  onTestFinished(async () => {
    await http.close();
    server.closeAllConnections();
    server.close();
  });
  const tokens: TokenSet = {
    version: 1,
    relayUrl: 'https://relay.example.com',
    issuer: {
      name: 'Google',
      issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      clientId: 'desktop-app',
      scopes: ['openid'],
      dpop: 'off',
      redirectPorts: [],
      ...issuer,
    },
    scheme: 'bearer',
    accessToken: 'now',
    expiresAtMs: 0,
    renewedAtMs: 0,
    refreshToken: 'refresh',
    idToken: null,
    proofKey: null,
    signedInAtMs: 0,
    signInId: 'sign-in-1',
    generation: 1,
    ended: null,
  };
  const renewed = await requestRenewal(await discoverProvider(tokens.issuer, http), tokens, Date.now);
  return { form, tokens: renewed };
}

it('a public client names itself and no secret', async () => {
  const { form, tokens } = await renewal({});
  expect(form.get('client_id')).toBe('desktop-app');
  expect(form.has('client_secret')).toBe(false);
  expect(tokens.accessToken).toBe('next');
});

it('the secret that a provider gives its desktop apps is sent along, where the relay tells it', async () => {
  const { form, tokens } = await renewal({ clientSecret: 'no-secret' });
  expect(form.get('client_id')).toBe('desktop-app');
  expect(form.get('client_secret')).toBe('no-secret');
  expect(tokens.accessToken).toBe('next');
});
