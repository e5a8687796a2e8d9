import { join } from 'node:path';
import { AccessError, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ProfileRecord } from '../../shared/settings.ts';
import type { ProfileSnapshot, SignInState } from '../../shared/snapshot.ts';
import type { StepUp } from '../../shared/step-up.ts';
import type { AccessWish, SignInWishes } from '../client-core.ts';
import type { ServiceCredentials } from '../services/service-credentials.ts';
import { endSignIn } from '../sign-in/end-sign-in.ts';
import type { SignedIn } from '../sign-in/run-sign-in.ts';
import { openRefreshLock } from '../tokens/refresh-lock.ts';
import { openTokenVault, type TokenSet } from '../tokens/token-set.ts';
import { createAccessKeys } from './access-keys.ts';
import { createActivityStore } from './activity-store.ts';
import { createCatalogHolder } from './catalog-holder.ts';
import { createConnections } from './connections.ts';
import type { ProfileContext } from './profile-context.ts';
import { profileSnapshot } from './profile-snapshot.ts';
import { createProviderCache } from './provider-cache.ts';
import { beginSignIn, type SignInAttempt } from './sign-in-attempt.ts';
import { createStepUpAsker } from './step-up.ts';
import { requestAccess } from './request-access.ts';
import { signOutAtRelay } from './sign-out-at-relay.ts';
import { createSignedInSession, type SignedInSession } from './signed-in-session.ts';

/** One relay: the sign-in there, and with it catalog, connections and activity. */
export type ProfileSession = ReturnType<typeof createProfileSession>;

/** Makes the profile of a record; nothing happens before `restore` or `signIn`. */
export function createProfileSession(context: ProfileContext, initial: ProfileRecord, establishedBefore: boolean) {
  const { now } = context;
  let record = initial;
  /** Whether the person has ever been signed in here; only then is the profile remembered. */
  let established = establishedBefore;
  let attempt: SignInAttempt | null = null;
  let session: SignedInSession | null = null;
  let problem: UserProblem | null = null;
  let restoring = false;
  let closed = false;
  const activity = createActivityStore();
  const catalog = createCatalogHolder(now);
  const providers = createProviderCache(context.http, now);
  const vault = openTokenVault(context.options.secrets, record.id);
  const accessKeys = createAccessKeys({ secrets: context.options.secrets, record: () => record, remember });
  const connections = createConnections({
    record: () => record,
    remember,
    accessKeys,
    socketFolder: join(context.options.stateDir, 'sockets', record.id),
    entry,
    reservedPorts: context.reservedPorts,
    gateway: context.gateway,
    carry: (socket, listenerId) => {
      if (session) session.carry(socket, listenerId);
      else socket.destroy();
    },
    onChange: () => {
      announceListeners();
      context.onChange();
    },
    now,
  });

  const stepUp = createStepUpAsker(context, record.relayUrl, () => session);

  function remember(change: Partial<ProfileRecord>): void {
    record = { ...record, ...change };
    context.onRemember();
    context.onChange();
  }

  function entry(api: string): CatalogEntry | undefined {
    const state = catalog.state();
    return state.status === 'ready' ? state.catalog.apis.find((candidate) => candidate.id === api) : undefined;
  }

  function announceListeners(): void {
    session?.setListeners(connections.descriptions());
  }

  function signInState(): SignInState {
    if (attempt) return attempt.step();
    if (restoring) return { status: 'contacting' };
    const state: SignInState = session?.signInState() ?? { status: 'signed-out', problem };
    // A try that failed says more than that the old sign-in has ended.
    if (state.status === 'expired' && problem && problem.code !== 'sign-in-cancelled') return { ...state, problem };
    return state.status === 'signed-in' && problem ? { ...state, tryProblem: problem } : state;
  }

  function begin(tokens: TokenSet, service: ServiceCredentials | null = null): SignedInSession {
    const created = createSignedInSession({
      context,
      profileId: record.id,
      relayUrl: record.relayUrl,
      tokens,
      vault,
      providers,
      service,
      catalog,
      onActivity: (entries, leftOut) => {
        activity.add(entries, now());
        activity.count(leftOut, now());
        stepUp.didSee(entries);
        context.onActivity(record.id, entries);
      },
    });
    session = created;
    announceListeners();
    return created;
  }

  function run(created: SignedInSession): void {
    if (created.signInState().status === 'expired') return;
    if (!context.options.passive) created.openTunnel();
    void created.refreshCatalog();
  }

  async function didSignIn({ discovery, tokens }: SignedIn, service: ServiceCredentials | null): Promise<void> {
    await vault.write(tokens);
    if (closed) return;
    await session?.close();
    stepUp.reset();
    const created = begin(tokens, service);
    established = true;
    problem = null;
    remember({ relayName: discovery.name });
    await created.start();
    run(created);
  }

  async function follow(current: SignInAttempt, service: ServiceCredentials | null): Promise<void> {
    try {
      await didSignIn(await current.outcome, service);
    } catch (error) {
      problem = toUserProblem(error, now());
    } finally {
      attempt = null;
      context.onChange();
    }
  }

  function requireSession(): SignedInSession {
    if (session && session.signInState().status !== 'expired') return session;
    throw new AccessError('sign-in-expired', `You aren’t signed in to ${record.relayName}.`);
  }

  function requireEntry(api: string): void {
    const found = entry(api);
    if (catalog.state().status !== 'ready' || record.connected.includes(api)) return;
    if (!found) throw new AccessError('unknown-api', `${record.relayName} has no API “${api}” for you.`);
    if (found.access === 'locked') {
      const groups =
        found.unlockedBy.length > 0 ? ` One of these groups opens it: ${found.unlockedBy.join(', ')}.` : '';
      throw new AccessError('policy-denied', `${found.name} is locked for you.${groups}`);
    }
  }

  return {
    id: initial.id,
    record: () => record,
    isEstablished: () => established,
    isBusy: () => attempt !== null,
    activity,
    announceListeners,
    /** Takes up a sign-in of the last run and its connections; network work goes on after it resolves. */
    async restore(): Promise<void> {
      restoring = true;
      context.onChange();
      try {
        const tokens = await vault.read();
        if (!tokens) return;
        if (closed) return;
        const created = begin(tokens);
        if (!context.options.passive) {
          // A port that is taken shows in the connection's own state.
          await Promise.allSettled(record.connected.map((api) => connections.connect(api)));
        }
        void created.start().then(() => run(created));
      } catch (error) {
        problem = toUserProblem(error, now());
      } finally {
        restoring = false;
        context.onChange();
      }
    },
    signIn(wishes: SignInWishes = {}): void {
      if (attempt) {
        void attempt.reopen().catch(() => undefined);
        return;
      }
      problem = null;
      attempt = beginSignIn(context, record.relayUrl, { ...wishes, lastIssuer: session?.tokens().issuer.issuer });
      context.onChange();
      void follow(attempt, wishes.service ?? null);
    },
    chooseIssuer(issuer: string): void {
      if (!attempt) throw new AccessError('bad-input', 'There is no sign-in under way.');
      attempt.chooseIssuer(issuer);
    },
    stepUp: (demand?: StepUp, api?: string) => stepUp.begin(demand, api),
    cancelSignIn: () => {
      if (attempt) attempt.cancel();
      else stepUp.cancel();
    },
    reopenBrowser: async () => (attempt ?? stepUp).reopen(),
    async signOut(): Promise<void> {
      attempt?.cancel();
      stepUp.reset();
      const ending = session;
      // What can't be read can't be revoked, but it can still be deleted.
      const tokens = ending?.tokens() ?? (await vault.read().catch(() => null));
      session = null;
      problem = null;
      await connections.close();
      await ending?.close();
      const lock = openRefreshLock(context.options.stateDir, record.id);
      await lock.hold(() => vault.clear());
      await accessKeys.clear();
      catalog.clear();
      activity.clear();
      remember({ connected: [] });
      if (!tokens) return;
      // First, because a provider that was told may say from then on that the token counts no more.
      await signOutAtRelay(record.relayUrl, context.http, tokens, now);
      if (ending?.isService) return;
      const outcome = await endSignIn(() => providers.get(tokens.issuer), tokens);
      if (outcome.revocationFailure && !session) problem = toUserProblem(outcome.revocationFailure, now());
      context.onChange();
      if (outcome.endSessionUrl === null) return;
      // Everything here is forgotten already; without a browser only the provider's own page session stays.
      await context.options.openBrowser(outcome.endSessionUrl).catch(() => undefined);
    },
    async connect(api: string): Promise<void> {
      const current = requireSession();
      requireEntry(api);
      await connections.connect(api);
      current.openTunnel();
    },
    disconnect: (api: string) => connections.disconnect(api),
    setAccessKey: (api: string, wanted: boolean) => connections.setAccessKey(api, wanted),
    accessKey: (api: string) => accessKeys.keyOf(api),
    setPort: (api: string, port: number | null) => connections.setPort(api, port),
    setFavourite(api: string, favourite: boolean): void {
      const others = record.favourites.filter((other) => other !== api);
      remember({ favourites: favourite ? [...others, api] : others });
    },
    refreshCatalog: async () => requireSession().refreshCatalog(),
    refreshQuotas: async (api: string) => requireSession().refreshQuotas(api),
    requestAccess: async (wish: AccessWish) => requestAccess(requireSession(), wish),
    checkNow: () => session?.checkNow(),
    snapshot(): ProfileSnapshot {
      const nowMs = now();
      return profileSnapshot({
        record,
        signIn: signInState(),
        stepUp: stepUp.state(),
        tunnel: session?.tunnelState() ?? { status: 'closed' },
        catalog: catalog.state(),
        connections: connections.all,
        gatewayAddress: (api) => connections.gatewayAddress(api),
        openStreams: (listenerId) => session?.openStreams(listenerId) ?? 0,
        rate: (api) => activity.rate(api, nowMs),
        device: context.options.device,
        nowMs,
      });
    },
    async close(): Promise<void> {
      closed = true;
      attempt?.cancel();
      stepUp.reset();
      await connections.close();
      await session?.close();
    },
  };
}
