import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { type TestKey, testKey } from '../../relay/identity/test-issuer.ts';

type Claims = Readonly<Record<string, unknown>>;

/** What the app asked for when the person signed in. */
export interface Asked {
  readonly scopes: readonly string[];
  readonly resource: string | null;
  readonly clientId: string;
}

/** How a provider differs from what the standards say. */
export interface ProviderManners {
  /** Scopes that it knows; a sign-in that asks for another one is refused, where this isn’t null. */
  readonly knownScopes: readonly string[] | null;
  /** Header members beside `alg` and `kid`. */
  readonly header: Claims;
  /** Without a `kid`, as older versions of AD FS do it. */
  readonly namesNoKey?: boolean;
  readonly metadata?: (url: string) => Claims;
  /** Path of the issuer below the server’s address. */
  readonly path?: string;
  readonly idToken: (asked: Asked, issuer: string) => Claims;
  /** Undefined for opaque ones. */
  readonly accessToken: (asked: Asked, issuer: string) => Claims | undefined;
}

/** A provider on loopback that signs everybody in as the same person, with tokens in the manner of a product. */
export interface ImitatedProvider {
  readonly issuer: string;
  /** What it refused, in words. */
  readonly refusals: string[];
  close(): void;
}

/** Authorization code flow with PKCE (RFC 7636) and refresh tokens, for public clients. */
export async function imitateProvider(manners: ProviderManners): Promise<ImitatedProvider> {
  const key: TestKey = await testKey('RS256');
  const grants = new Map<string, Asked & { readonly challenge: string; readonly nonce: string | null }>();
  const refreshes = new Map<string, Asked>();
  const refusals: string[] = [];

  const sign = async (claims: Claims): Promise<string> => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const kid = manners.namesNoKey === true ? {} : { kid: key.kid };
    return new SignJWT({ iat: nowSeconds, exp: nowSeconds + 3600, ...claims })
      .setProtectedHeader({ alg: 'RS256', ...kid, ...manners.header })
      .sign(key.privateKey);
  };

  const tokensFor = async (asked: Asked, nonce: string | null): Promise<Claims> => {
    const access = manners.accessToken(asked, issuer);
    const refreshToken = randomUUID();
    refreshes.set(refreshToken, asked);
    return {
      access_token: access === undefined ? `opaque-${randomUUID()}` : await sign(access),
      id_token: await sign({ ...manners.idToken(asked, issuer), ...(nonce === null ? {} : { nonce }) }),
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: 3600,
    };
  };

  const authorize = (query: URLSearchParams): string => {
    const back = new URL(query.get('redirect_uri') ?? '');
    back.searchParams.set('state', query.get('state') ?? '');
    const scopes = (query.get('scope') ?? '').split(' ');
    const unknown = scopes.filter((scope) => manners.knownScopes?.includes(scope) === false);
    if (unknown.length > 0 || query.get('code_challenge_method') !== 'S256') {
      refusals.push(`scopes ${unknown.join(' ')}`);
      back.searchParams.set('error', 'invalid_scope');
    } else {
      const code = randomUUID();
      grants.set(code, {
        scopes,
        resource: query.get('resource'),
        clientId: query.get('client_id') ?? '',
        challenge: query.get('code_challenge') ?? '',
        nonce: query.get('nonce'),
      });
      back.searchParams.set('code', code);
    }
    return back.href;
  };

  const exchange = async (form: URLSearchParams): Promise<Claims | null> => {
    if (form.get('grant_type') === 'refresh_token') {
      const asked = refreshes.get(form.get('refresh_token') ?? '');
      return asked === undefined ? null : tokensFor(asked, null);
    }
    const code = form.get('code') ?? '';
    const grant = grants.get(code);
    grants.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    return grant?.challenge === challenge ? tokensFor(grant, grant.nonce) : null;
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const json = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    switch (url.pathname.slice(url.pathname.lastIndexOf('/'))) {
      case '/openid-configuration':
        json(200, {
          issuer,
          authorization_endpoint: `${address}/authorize`,
          token_endpoint: `${address}/token`,
          jwks_uri: `${address}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          code_challenge_methods_supported: ['S256'],
          ...manners.metadata?.(address),
        });
        break;
      case '/keys':
        json(200, { keys: [key.publicJwk] });
        break;
      case '/authorize':
        response.writeHead(302, { location: authorize(url.searchParams) }).end();
        break;
      case '/token':
        void textOf(request)
          .then((body) => exchange(new URLSearchParams(body)))
          .then((tokens) => json(tokens === null ? 400 : 200, tokens ?? { error: 'invalid_grant' }));
        break;
      default:
        json(404, {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `${address}${manners.path ?? ''}`;
  return {
    issuer,
    refusals,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  return text;
}
