import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { AccessError } from '../../shared/errors.ts';
import { PageError } from '../page-texts/page-error.ts';
import { pageText } from '../page-texts/page-text.ts';
import { messagePage, postPage, sendPage } from './bridge-pages.ts';
import { lifetimeMs } from './bridge-provider.ts';
import type { BridgeStore } from './bridge-store.ts';
import { decodePosted } from './decode-message.ts';
import type { IdpMetadata } from './idp-metadata.ts';
import type { MessageReader } from './message-reader.ts';
import { mapAttributes, type SamlPerson } from './map-attributes.ts';
import { saidRefusal, samlRefusal } from './saml-refusal.ts';
import { sessionSource, type SamlSessionSource } from './saml-sessions.ts';
import { createSamlClient, type ServiceProvider } from './service-provider.ts';

export interface SignInParts {
  readonly provider: () => Provider;
  readonly sp: () => ServiceProvider;
  /** @throws AccessError while there is no metadata */
  readonly idp: () => IdpMetadata;
  readonly store: BridgeStore;
  readonly reader: MessageReader;
  readonly basePath: string;
  readonly now: () => number;
  readonly onRefused: (error: AccessError, request: IncomingMessage) => void;
}

interface PendingRequest {
  readonly uid: string;
  /** ID of the AuthnRequest, which the answer must name. */
  readonly requestId: string;
  readonly forced: boolean;
  readonly createdAtMs: number;
}

/** What waits for the browser to come back to the interaction that it belongs to. */
type Ticket =
  | {
      readonly uid: string;
      readonly status: 'signed-in';
      readonly person: SamlPerson;
      readonly session: SamlSessionSource;
      readonly authenticatedAtMs: number;
      readonly acr?: string;
    }
  | { readonly uid: string; readonly status: 'refused'; readonly reason: string };

const requestLifetimeMs = 10 * 60_000;
const ticketLifetimeMs = 2 * 60_000;

/** The bridge’s login: to the SAML provider, back from it, and on to the app. */
export interface SignInRoutes {
  /** `GET /interaction/<uid>`: sends the browser to the SAML provider with a signed request. */
  begin(request: IncomingMessage, response: ServerResponse, uid: string): Promise<void>;
  /** `POST /acs`: takes the provider’s answer. */
  consume(request: IncomingMessage, response: ServerResponse, form: URLSearchParams): Promise<void>;
  /** `GET /interaction/<uid>/done`: goes on in the browser that began, and only there. */
  finish(request: IncomingMessage, response: ServerResponse, uid: string, ticket: string): Promise<void>;
}

/**
 * An answer counts once, with the RelayState of a sign-in under way, for the request of that sign-in. Posts of other sites
 * carry no cookie of ours, so the answer becomes a ticket, and only a browser that holds both the ticket and the cookie
 * of the interaction gets on: neither somebody else’s answer in my browser nor mine in theirs signs anybody in.
 */
export function createSignInRoutes(parts: SignInParts): SignInRoutes {
  const { store, now } = parts;

  async function ownInteraction(request: IncomingMessage, response: ServerResponse, uid: string) {
    try {
      const details = await parts.provider().interactionDetails(request, response);
      if (details.uid === uid) return details;
    } catch (error) {
      throw saidRefusal(() => pageText('bridge.refused.old'), error);
    }
    throw saidRefusal(() => pageText('bridge.refused.other'));
  }

  return {
    async begin(request, response, uid) {
      const { prompt, params } = await ownInteraction(request, response, uid);
      if (prompt.name === 'consent') {
        await parts
          .provider()
          .interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
        return;
      }
      const sp = parts.sp();
      const idp = parts.idp();
      const requestId = `_${randomBytes(20).toString('hex')}`;
      const relayState = randomBytes(32).toString('base64url');
      const forced = prompt.reasons.some((reason) => reason === 'login_prompt' || reason === 'max_age');
      const acrValues = typeof params['acr_values'] === 'string' ? params['acr_values'].split(' ') : [];
      const client = createSamlClient(sp, idp, {
        requestId,
        forceAuthn: forced,
        ...(acrValues.length === 0 ? {} : { authnContext: acrValues }),
      });
      const pending: PendingRequest = { uid, requestId, forced, createdAtMs: now() };
      await store.put('SamlRequest', relayState, { ...pending }, now() + requestLifetimeMs);
      if (idp.signIn.binding === 'redirect') {
        const location = await client.getAuthorizeUrlAsync(relayState, undefined, {});
        response.writeHead(303, { Location: location, 'Cache-Control': 'no-store', 'Content-Length': '0' }).end();
        return;
      }
      const message = await client.getAuthorizeMessageAsync(relayState, undefined, {});
      sendPage(request, response, 200, () => postPage(idp.signIn.url, message as Record<string, string>));
    },

    async consume(request, response, form) {
      const [encoded, ...more] = form.getAll('SAMLResponse');
      if (encoded === undefined || more.length > 0) throw samlRefusal('There is no single SAMLResponse.');
      const [relayState = '', ...others] = form.getAll('RelayState');
      // Before anything is parsed: what belongs to no sign-in costs next to nothing.
      const pending =
        others.length > 0 ? undefined : ((await store.take('SamlRequest', relayState)) as PendingRequest | undefined);
      if (pending === undefined) throw saidRefusal(() => pageText('bridge.refused.unasked'));
      let ticket: Ticket;
      try {
        ticket = await accept(encoded, pending);
      } catch (error) {
        if (!(error instanceof AccessError)) throw error;
        if (!isUnavailable(error)) parts.onRefused(error, request);
        ticket = { uid: pending.uid, status: 'refused', reason: error.message };
      }
      const id = randomBytes(32).toString('base64url');
      await store.put('SamlTicket', id, { ...ticket }, now() + ticketLifetimeMs);
      const location = `${parts.basePath}/interaction/${pending.uid}/done?ticket=${id}`;
      response
        .writeHead(303, {
          Location: location,
          'Cache-Control': 'no-store',
          'Referrer-Policy': 'no-referrer',
          'Content-Length': '0',
        })
        .end();
    },

    async finish(request, response, uid, id) {
      await ownInteraction(request, response, uid);
      const ticket = (await store.take('SamlTicket', id)) as Ticket | undefined;
      if (ticket?.uid !== uid) throw saidRefusal(() => pageText('bridge.refused.used'));
      const provider = parts.provider();
      if (ticket.status === 'refused') {
        await provider.interactionFinished(request, response, {
          error: 'access_denied',
          error_description: asDescription(ticket.reason),
        });
        return;
      }
      const { person, session, authenticatedAtMs, acr } = ticket;
      const { config } = parts.sp();
      await store.put('SamlAccount', person.subject, { claims: person.claims }, now() + lifetimeMs(config));
      await provider.interactionFinished(request, response, {
        login: {
          accountId: person.subject,
          ts: Math.floor(Math.min(authenticatedAtMs, now()) / 1000),
          ...(acr === undefined ? {} : { acr }),
        },
        saml: session,
      });
    },
  };

  async function accept(encoded: string, pending: PendingRequest): Promise<Ticket> {
    const sp = parts.sp();
    const xml = decodePosted(encoded);
    const { requestId } = pending;
    const subject = await parts.reader.response({ xml, sp, idp: parts.idp(), requestId, nowMs: now() });
    const leewayMs = sp.config.clock_leeway_seconds * 1000;
    if (pending.forced && subject.authenticatedAtMs + leewayMs < pending.createdAtMs)
      throw samlRefusal('The sign-in service was to ask the person to sign in again, and didn’t.');
    const { acr, ...person } = { acr: subject.authnContext, ...mapAttributes(subject, sp.config) };
    if (!(await store.addOnce('SamlAssertion', subject.assertionId, subject.usableUntilMs)))
      throw samlRefusal('The assertion was used already.');
    return {
      uid: pending.uid,
      status: 'signed-in',
      person,
      session: sessionSource(subject),
      authenticatedAtMs: subject.authenticatedAtMs,
      ...(acr === undefined ? {} : { acr }),
    };
  }
}

/** Characters that an error_description may have (RFC 6749 §4.1.2.1). */
function asDescription(text: string): string {
  return text
    .replaceAll(/[“”"]/g, "'")
    .replaceAll('’', "'")
    .replaceAll(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '?')
    .slice(0, 1000);
}

/** Whether a message could not be looked at, so that nothing is said about it. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof AccessError && (error.code === 'shared-state-unavailable' || error.code === 'overloaded');
}

/** Shows a refusal as a page: what the person can do, and for IT what it is about. */
export function sendRefusal(request: IncomingMessage, response: ServerResponse, error: AccessError): void {
  const isAway = isUnavailable(error) || error.code === 'idp-unreachable';
  const todo = isAway
    ? 'bridge.stopped.unavailable'
    : error.code === 'idp-misconfigured'
      ? 'bridge.stopped.misfit'
      : 'bridge.stopped.token-rejected';
  sendPage(request, response, isAway ? 503 : 400, () =>
    error instanceof PageError
      ? messagePage(pageText('bridge.stopped'), error.sentence())
      : messagePage(pageText('bridge.stopped'), pageText(todo), error.message),
  );
}
