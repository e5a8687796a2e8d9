import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { EmergencySignIn } from '../../shared/emergency.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import { breakGlassIssuerOf, breakGlassName, breakGlassPath } from '../config/break-glass-issuer.ts';
import { type BreakGlassConfig, breakGlassSchema } from '../config/break-glass-schema.ts';
import type { Config } from '../config/config-schema.ts';
import { consoleCallbackPath, consoleOriginOf } from '../config/console-origin.ts';
import { answerFailure, logFailure } from '../http/answer-failure.ts';
import { callerAddress } from '../http/caller-address.ts';
import { sendJson } from '../http/send-json.ts';
import { pageText } from '../page-texts/page-text.ts';
import { createSeal } from '../shared-state/seal.ts';
import { openPrivateSecret } from '../storage/private-secret.ts';
import { createAnnouncements } from './announcements.ts';
import { createApproveRoutes } from './approve-routes.ts';
import { countAttempts } from './attempts.ts';
import type { BreakGlassParts } from './break-glass-parts.ts';
import { openBreakGlassStore } from './break-glass-store.ts';
import { createChallenges } from './challenges.ts';
import { createEnrolRoutes } from './enrol-routes.ts';
import { flowOf } from './flow.ts';
import { breakGlassMetadata } from './local-metadata.ts';
import { messagePage, sendPage } from './pages.ts';
import { pageScript, pageStyle } from './page-files.ts';
import { relyingPartyOf } from './passkeys.ts';
import { Refusal } from './refusal.ts';
import { isInNetworks, readOwnForm } from './request-guard.ts';
import { createSignInRoutes } from './sign-in-routes.ts';
import type { BreakGlassKeys } from './signing-keys.ts';
import { createTokenRoute } from './token-route.ts';

export interface BreakGlassOptions {
  /** As it is in force; without `break_glass` nothing is answered. */
  readonly config: () => Config;
  readonly keys: BreakGlassKeys;
  readonly audit: AuditLog;
  readonly log: Logger;
  readonly now?: () => number;
  /** An account has signed in, and it is recorded. */
  readonly onSignedIn: (signIn: EmergencySignIn) => void;
}

/** Sign-in by accounts of the relay’s own: a small authorization server with its pages, below the relay’s address. */
export interface BreakGlass {
  /** Answers a request for it; false when it is for something else, or break-glass is off. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  close(): void;
}

const readMethods = new Set(['GET', 'HEAD']);

/** Opens what it keeps in the data folder; needs nothing else. @throws AccessError `bad-config` */
export function openBreakGlass(options: BreakGlassOptions): BreakGlass {
  const { config, keys, audit, log, now = Date.now, onSignedIn } = options;
  const { relay } = config();
  const issuer = breakGlassIssuerOf(config());
  const { origin } = new URL(relay.url);
  // Requests that began before it was taken out of the config end as they began.
  let last: BreakGlassConfig =
    config().break_glass ?? breakGlassSchema.parse({ accounts: [{ name: 'nobody', groups: ['-'] }] });
  const settings = (): BreakGlassConfig => (last = config().break_glass ?? last);
  const store = openBreakGlassStore(relay.data, now);
  const parts: BreakGlassParts = {
    issuer,
    origin,
    relayUrl: relay.url,
    relayName: relay.name,
    settings,
    consoleCallback: () => consoleCallbackOf(config()),
    store,
    keys,
    pageSeal: createSeal(openPrivateSecret(relay.data, 'break-glass-pages.secret')),
    party: relyingPartyOf(relay.url, relay.name),
    attempts: countAttempts(store, () => settings().lockout, now),
    takeChallenge: createChallenges(now),
    announce: createAnnouncements({ issuer, audit, log, now, onSignedIn }),
    log,
    now,
  };
  const signIn = createSignInRoutes(parts);
  const approve = createApproveRoutes(parts);
  const enrol = createEnrolRoutes(parts);
  const token = createTokenRoute(parts);

  async function read(request: IncomingMessage, response: ServerResponse, path: string, query: string): Promise<void> {
    const address = callerAddress(request);
    const [, invitation] = /^\/enrol\/([\w-]{43})$/.exec(path) ?? [];
    if (path === '/authorize') await signIn.authorize(request, response, query, address);
    else if (path === '/wait') await signIn.wait(request, response, new URLSearchParams(query).get('flow') ?? '');
    else if (path === '/approve') await approve.open(request, response, address);
    else if (invitation !== undefined) await enrol.open(request, response, invitation, address);
    else if (path === '/page.css') sendFile(response, 'text/css', pageStyle);
    else if (path === '/page.js') sendFile(response, 'text/javascript', pageScript);
    else throw new Refusal(404, () => pageText('break-glass.refused.nothing'));
  }

  async function take(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const address = callerAddress(request);
    if (path === '/token') return token(request, response, address);
    const action = { '/prove': 'prove', '/cancel': 'cancel', '/decide': 'decide', '/enrol': 'enrol' }[path];
    if (action === undefined) throw new Refusal(404, () => pageText('break-glass.refused.nothing'));
    const form = await readOwnForm(request, origin);
    switch (action) {
      case 'cancel':
        return signIn.cancel(request, response, form);
      case 'decide':
        return approve.decide(request, response, form);
      case 'enrol':
        return enrol.enrol(request, response, form, address);
      default: {
        const { flow } = flowOf(parts, request, form.get('flow') ?? '', 'sign-in', 'approve');
        return (flow.type === 'sign-in' ? signIn : approve).prove(request, response, form, address);
      }
    }
  }

  async function route(request: IncomingMessage, response: ServerResponse, path: string, query: string): Promise<void> {
    const reads = readMethods.has(request.method ?? '');
    // What relays and clients check tokens with is no secret, and asked for from elsewhere than sign-ins.
    if (reads && path === '/.well-known/openid-configuration') {
      sendJson(response, 200, breakGlassMetadata(issuer));
      return;
    }
    if (reads && path === '/jwks') {
      sendJson(response, 200, { keys: keys.published(now()) });
      return;
    }
    const address = callerAddress(request);
    // A code is worth nothing without what its sign-in began with; the console’s comes from the relay itself.
    if (path !== '/token' && !isInNetworks(address, settings().networks)) {
      parts.announce.stray('its pages are for other networks', address);
      throw new Refusal(403, () => pageText('break-glass.refused.network'));
    }
    if (reads) await read(request, response, path, query);
    else if (request.method === 'POST') await take(request, response, path);
    else throw new Refusal(405, () => pageText('break-glass.refused.method'), { Allow: 'GET, HEAD, POST' });
  }

  function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (request.complete === false) response.setHeader('Connection', 'close');
    if (error instanceof Refusal) {
      const page = (): string => messagePage(pageText('break-glass.stopped'), error.sentence());
      sendPage(request, response, error.status, page, error.headers);
      return;
    }
    const requestId = logFailure(log, request, error);
    if (requestId === null) response.destroy();
    else {
      const words = (): string => pageText('break-glass.stopped.failure', { requestId });
      sendPage(request, response, 500, () => messagePage(pageText('break-glass.stopped'), words()));
    }
  }

  return {
    handle(request, response) {
      const url = request.url ?? '';
      if (config().break_glass === undefined || !new RegExp(`^${breakGlassPath}(?:[/?]|$)`).test(url)) return false;
      const [path = '', ...query] = url.slice(breakGlassPath.length).split('?');
      route(request, response, path, query.join('?'))
        .catch((error: unknown) => fail(request, response, error))
        .catch((error: unknown) => answerFailure(log, request, response, error));
      return true;
    },
    close: () => store.close(),
  };
}

function consoleCallbackOf({ admin }: Config): string | null {
  const origin = consoleOriginOf(admin);
  const isOffered = admin?.console?.sign_in.some(({ issuer }) => issuer === breakGlassName) === true;
  return origin === null || !isOffered ? null : `${origin}${consoleCallbackPath}`;
}

function sendFile(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-cache',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(text);
}
