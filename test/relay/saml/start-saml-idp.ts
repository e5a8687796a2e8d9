import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { goodContent, type ResponseContent } from './response-template.ts';
import { makeKeyPair } from './saml-certificates.ts';
import { type SamlifyIdp, samlifyIdp, samlifySp, type SamlifySp, signedResponse } from './saml-signer.ts';

/** A running SAML identity provider with its controls; everybody who comes is Alice, who has signed in there. */
export interface SamlIdp {
  readonly entityId: string;
  /** What signs, for messages of a test’s own. */
  readonly entity: SamlifyIdp;
  readonly metadata: () => string;
  /** Takes the relay’s metadata, as an administrator would. */
  trust(metadata: string): void;
  /** Changes what the next responses say. */
  say(change: Partial<ResponseContent>): void;
  /** Changes the signed, encoded response. */
  tamper: (encoded: string) => string;
  encrypt: boolean;
  /** XML of the requests that came, newest last; only those whose signature was verified. */
  readonly requests: string[];
  readonly logouts: string[];
  /** What was last said of Alice. */
  last(): ResponseContent;
  /** Where the browser is to go for a sign-out that begins here. */
  logoutUrl(sessionIndex?: string): string;
  /** Answers of the relay to sign-outs that began here. */
  readonly logoutAnswers: string[];
  close(): Promise<void>;
}

function page(body: string): string {
  return `<!doctype html><html><body>${body}</body></html>`;
}

function autoForm(action: string, fields: Record<string, string>): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${value}"/>`,
  );
  return page(`<form method="post" action="${action}">${inputs.join('')}</form>`);
}

/** Starts the provider on 127.0.0.1; `binding` is the one that its metadata names first. */
export async function startSamlIdp(
  options: { readonly binding?: 'redirect' | 'post'; readonly port?: number } = {},
): Promise<SamlIdp> {
  const signing = await makeKeyPair('saml idp');
  let sp: SamlifySp | undefined;
  let change: Partial<ResponseContent> = {};
  let last: ResponseContent | undefined;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(400).end(String(error));
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const entityId = `http://127.0.0.1:${(server.address() as AddressInfo).port}/saml`;
  const make = (encrypt: boolean): SamlifyIdp =>
    samlifyIdp({ entityId, signing, signInUrl: `${entityId}/sso`, signOutUrl: `${entityId}/slo`, encrypt });
  const plain = make(false);
  const encrypting = make(true);

  const idp: SamlIdp = {
    entityId,
    entity: plain,
    metadata: () => {
      const xml = plain.getMetadata();
      if (options.binding !== 'post') return xml;
      return xml.replace(/<SingleSignOnService[^>]*HTTP-Redirect[^>]*(?:\/>|>\s*<\/SingleSignOnService>)/, '');
    },
    trust(metadata) {
      sp = samlifySp(metadata);
    },
    say(next) {
      change = next;
    },
    tamper: (encoded) => encoded,
    encrypt: false,
    requests: [],
    logouts: [],
    logoutAnswers: [],
    last() {
      if (last === undefined) throw new Error('Nobody has signed in');
      return last;
    },
    logoutUrl(sessionIndex = idp.last().sessionIndex) {
      const { context } = plain.createLogoutRequest(known(), 'redirect', {
        logoutNameID: idp.last().nameId,
        sessionIndex,
      });
      return context;
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };

  function known(): SamlifySp {
    if (sp === undefined) throw new Error('The relay’s metadata isn’t known');
    return sp;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', entityId);
    if (url.pathname === '/saml/metadata') {
      response.writeHead(200, { 'content-type': 'application/samlmetadata+xml' }).end(idp.metadata());
      return;
    }
    const isPost = request.method === 'POST';
    const parameters = isPost ? new URLSearchParams(await text(request)) : url.searchParams;
    const fields = Object.fromEntries(parameters);
    const signedPart = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg']
      .filter((name) => parameters.has(name))
      .map((name) => `${name}=${encodeURIComponent(parameters.get(name) ?? '')}`)
      .join('&');
    const message = isPost ? { body: fields } : { query: fields, octetString: signedPart };
    const binding = isPost ? 'post' : 'redirect';
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (url.pathname === '/saml/sso') {
      const { samlContent, extract } = await plain.parseLoginRequest(known(), binding, message);
      idp.requests.push(samlContent);
      const audience = String(extract.issuer);
      const recipient = /AssertionConsumerServiceURL="([^"]*)"/.exec(samlContent)?.[1] ?? '';
      const requestId = String(extract.request?.['id']);
      last = { ...goodContent({ idp: entityId, audience, recipient, requestId }), ...change };
      const encoded = await signedResponse(idp.encrypt ? encrypting : plain, known(), last);
      response.end(autoForm(recipient, { SAMLResponse: idp.tamper(encoded), RelayState: fields['RelayState'] ?? '' }));
    } else if (url.pathname === '/saml/slo' && fields['SAMLRequest'] !== undefined) {
      const parsed = await plain.parseLogoutRequest(known(), binding, message);
      idp.logouts.push(parsed.samlContent);
      const { context } = plain.createLogoutResponse(known(), { extract: parsed.extract }, 'redirect', {
        relayState: fields['RelayState'] ?? '',
      });
      response.writeHead(303, { location: context }).end();
    } else if (url.pathname === '/saml/slo') {
      const parsed = await plain.parseLogoutResponse(known(), binding, message);
      idp.logoutAnswers.push(parsed.samlContent);
      response.end(page('<p>Signed out everywhere.</p>'));
    } else response.writeHead(404).end();
  }
  return idp;
}
