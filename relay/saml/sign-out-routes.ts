import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pageText } from '../page-texts/page-text.ts';
import { sendPage, signedOutPage } from './bridge-pages.ts';
import type { BridgeStore } from './bridge-store.ts';
import type { IdpMetadata } from './idp-metadata.ts';
import type { MessageReader } from './message-reader.ts';
import type { LogoutInput } from './read-logout.ts';
import { endSession, type SamlSession, sessionsOf } from './saml-sessions.ts';
import { saidRefusal } from './saml-refusal.ts';
import { createSamlClient, type ServiceProvider } from './service-provider.ts';

/** A session that ended, with the names that the bridge’s tokens have for it. */
export interface EndedSession {
  readonly subject: string;
  /** `sid` of the tokens. */
  readonly sessionId: string;
}

export interface SignOutParts {
  readonly sp: () => ServiceProvider;
  readonly idp: () => IdpMetadata;
  readonly store: BridgeStore;
  readonly reader: MessageReader;
  readonly now: () => number;
  readonly onEnded: (ended: EndedSession) => void;
}

/** Single logout in both directions (SAML profiles §4.4). */
export interface SignOutRoutes {
  /** After a sign-out at the bridge: ends what came from the session; answers where the provider is told, or null. */
  begin(sessionUid: string): Promise<string | null>;
  /** `/slo`: a request of the provider to end sessions, or its answer to ours. */
  receive(request: IncomingMessage, response: ServerResponse, input: LogoutInput): Promise<void>;
}

const answerWithinMs = 10 * 60_000;

export function createSignOutRoutes(parts: SignOutParts): SignOutRoutes {
  const { store, now } = parts;

  const end = async (session: SamlSession): Promise<void> => {
    await endSession(store, session);
    parts.onEnded({ subject: session.accountId, sessionId: session.bridgeSession });
  };

  return {
    async begin(sessionUid) {
      const session = (await store.get('SamlSession', sessionUid)) as SamlSession | undefined;
      if (session === undefined) return null;
      await end(session);
      const sp = parts.sp();
      const idp = parts.idp();
      if (!sp.config.single_logout || idp.signOut === null) return null;
      const requestId = `_${randomBytes(20).toString('hex')}`;
      await store.put('SamlLogout', requestId, {}, now() + answerWithinMs);
      const { nameId, nameIdFormat, nameQualifier, spNameQualifier, sessionIndex } = session;
      return createSamlClient(sp, idp, { requestId, logoutUrl: idp.signOut.url }).getLogoutUrlAsync(
        {
          issuer: idp.entityId,
          nameID: nameId,
          nameIDFormat: nameIdFormat ?? 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
          ...(nameQualifier === undefined ? {} : { nameQualifier }),
          ...(spNameQualifier === undefined ? {} : { spNameQualifier }),
          ...(sessionIndex === undefined ? {} : { sessionIndex }),
        },
        '',
        {},
      );
    },

    async receive(request, response, input) {
      const sp = parts.sp();
      const idp = parts.idp();
      const message = await parts.reader.logout({ input, sp, idp, nowMs: now() });
      if (message.type === 'response') {
        if ((await store.take('SamlLogout', message.inResponseTo)) === undefined)
          throw saidRefusal(() => pageText('bridge.refused.no-sign-out'));
        sendPage(request, response, 200, () => signedOutPage('bridge.signed-out.text'));
        return;
      }
      if (!(await store.addOnce('SamlLogoutRequest', message.id, message.usableUntilMs)))
        throw saidRefusal(() => pageText('bridge.refused.sign-out-twice'));
      for (const session of await sessionsOf(store, message.nameId, message.sessionIndexes)) await end(session);
      if (idp.signOut === null) {
        sendPage(request, response, 200, () => signedOutPage('bridge.signed-out.too'));
        return;
      }
      const location = await createSamlClient(sp, idp, {
        logoutUrl: idp.signOut.responseUrl,
      }).getLogoutResponseUrlAsync({ ID: message.id } as never, message.relayState ?? '', {}, true);
      response.writeHead(303, { Location: location, 'Cache-Control': 'no-store', 'Content-Length': '0' }).end();
    },
  };
}
