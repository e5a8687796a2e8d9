import { causeOf } from '../../shared/cause.ts';
import { AccessError, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import { managedValue } from '../../shared/managed/managed-state.ts';
import { text } from '../../shared/messages/text.ts';
import type { SignInState } from '../../shared/snapshot.ts';
import { whyForbidden } from '../managed/why-forbidden.ts';
import type { ServiceCredentials } from '../services/service-credentials.ts';
import { endSignIn } from '../sign-in/end-sign-in.ts';
import type { SignedIn } from '../sign-in/run-sign-in.ts';
import { openProcessLock, openRefreshLock } from '../tokens/refresh-lock.ts';
import { personId } from '../tokens/same-person.ts';
import { shareTokens } from '../tokens/shared-tokens.ts';
import { openTokenVault, type StoredTokens, type TokenSet } from '../tokens/token-set.ts';
import type { LocalRefusal } from '../tunnel/local-answer.ts';
import { closedSignIn, forgetLateSignIn, forgetSignIn, undeletedSignIn, unreadSignIn } from './forget-sign-in.ts';
import type { HeldRecord } from './held-record.ts';
import { localRefusal } from './local-refusal.ts';
import type { ProfileContext } from './profile-context.ts';
import type { ProfileParts } from './profile-parts.ts';
import { createProviderCache } from './provider-cache.ts';
import { shownTunnel } from './shown-tunnel.ts';
import { beginSignIn, type SignInAttempt } from './sign-in-attempt.ts';
import { signOutAtRelay } from './sign-out-at-relay.ts';
import { createSignedInSession, type SignedInSession } from './signed-in-session.ts';
import { storeSignIn } from './store-sign-in.ts';
import type { SignInWishes } from './wishes.ts';

/** A profile's sign-in from the first try to the sign-out. */
export type ProfileSignIn = ReturnType<typeof createProfileSignIn>;

/** Makes it; nothing happens before `restore` or `begin`. */
export function createProfileSignIn(context: ProfileContext, held: HeldRecord, parts: ProfileParts) {
  const { now } = context;
  const { secrets, stateDir } = context.options;
  const { id, relayUrl } = held.record();
  const { activity, connections, quotas, stepUp } = parts;
  let attempt: SignInAttempt | null = null;
  let session: SignedInSession | null = null;
  let problem: UserProblem | null = null;
  let offersBreakGlass = false;
  let restoring = false;
  /** Nothing of a sign-in is left here. */
  let expelled = false;
  let closed = false;
  /** Raised by each sign-out: what began before it, and goes on after it, is void. */
  let epoch = 0;
  const toldAtProvider = new Set<string>();
  const providers = createProviderCache(context.http, now);
  const vault = openTokenVault(secrets, id);
  const shared = shareTokens(vault, secrets.kind === 'memory' ? openProcessLock() : openRefreshLock(stateDir, id));

  function state(): SignInState {
    if (attempt) return attempt.step();
    if (restoring) return { status: 'contacting' };
    const shown: SignInState = session?.signInState() ?? { status: 'signed-out', problem };
    // A try that failed says more than that the old sign-in has ended.
    if (shown.status === 'expired' && problem && problem.code !== 'sign-in-cancelled') return { ...shown, problem };
    return shown.status === 'signed-in' && problem ? { ...shown, tryProblem: problem } : shown;
  }

  function why(): LocalRefusal | null {
    const signIn = state();
    const tunnel = shownTunnel(signIn, session?.tunnelState() ?? { status: 'closed' }, now());
    const cause = causeOf({ signIn, tunnel, relayName: held.record().relayName });
    return cause === null ? null : localRefusal(cause);
  }

  function use(tokens: StoredTokens, service: ServiceCredentials | null = null): SignedInSession {
    const created = createSignedInSession({
      context,
      relayUrl,
      deviceId: held.deviceId(),
      tokens,
      shared,
      providers,
      service,
      catalog: parts.catalog,
      onActivity: (entries, leftOut) => {
        stepUp.didSee(entries);
        activity.add(entries, leftOut);
        quotas.didUse(entries, leftOut);
      },
      why,
      onSessionsChanged: () => parts.newDevices.look(),
      onRequestsChanged: () => void parts.requests.look(),
      onEmergency: (emergency) => parts.emergencies.add(emergency),
    });
    session = created;
    parts.announceListeners();
    return created;
  }

  function run(created: SignedInSession): void {
    if (created.signInState().status === 'expired') return;
    if (!context.options.passive) created.openTunnel();
    void created.refreshCatalog();
  }

  /** Nobody sees what somebody else has done here, nor uses the connections that they had. */
  async function makeRoomFor(person: string | undefined): Promise<void> {
    const before = held.record().person ?? (session === null ? undefined : personId(session.tokens()));
    if (before === undefined || person === undefined || before === person) return;
    const ending = session;
    session = null;
    await connections.close();
    await ending?.close();
    const failure = await parts.forgetPerson();
    if (failure !== null) throw undeletedSignIn(failure);
  }

  /** A sign-out, or IT, was faster than the end of this sign-in: nothing of it stays here or at its provider. */
  async function undo(late: TokenSet, isService: boolean): Promise<void> {
    const failure = await forgetLateSignIn(shared, vault, late);
    await endAtProvider(late, isService);
    if (failure !== null) throw undeletedSignIn(failure);
  }

  async function didSignIn(
    { discovery, tokens: fresh }: SignedIn,
    service: ServiceCredentials | null,
    begunIn = epoch,
  ): Promise<void> {
    const isVoid = (): boolean => epoch !== begunIn || whyForbidden(context.managed(), relayUrl) !== null;
    const undone = async (): Promise<void> => {
      await undo(fresh, service !== null);
      const forbidden = whyForbidden(context.managed(), relayUrl);
      if (forbidden !== null) throw forbidden;
    };
    if (isVoid()) return await undone();
    // Where tokens don't say whose they are, each sign-in may be somebody else's.
    const person = personId(fresh) ?? fresh.signInId;
    await makeRoomFor(person);
    if (isVoid()) return await undone();
    const tokens = await storeSignIn(shared, vault, fresh);
    if (isVoid()) return await undone();
    if (closed) return;
    await session?.close();
    if (isVoid()) return await undone();
    stepUp.reset();
    const created = use(tokens, service);
    held.establish();
    problem = null;
    held.remember({ relayName: discovery.name, person });
    await created.start();
    run(created);
  }

  /** The same person is never kept twice: who has another account here signs in there, and this one stays as it is. */
  async function handedOver(signedIn: SignedIn): Promise<boolean> {
    const person = personId(signedIn.tokens);
    return person !== undefined && (await context.handOver(id, person, signedIn));
  }

  async function follow(current: SignInAttempt, service: ServiceCredentials | null): Promise<void> {
    const begunIn = epoch;
    try {
      const signedIn = await current.outcome;
      const isOwn = service !== null || epoch !== begunIn || !(await handedOver(signedIn));
      if (isOwn) await didSignIn(signedIn, service, begunIn);
    } catch (error) {
      problem = toUserProblem(error, now());
    } finally {
      attempt = null;
      context.onChange();
    }
  }

  /** Where one relay has several accounts, the sign-in service must not choose by itself. */
  function accountWishes({ another = false, loginHint, breakGlass = false }: SignInWishes) {
    if (breakGlass) return {};
    const isOneOfSeveral = context.hasOtherAccount(id);
    const hint = loginHint ?? (isOneOfSeveral && !another ? held.record().account : undefined);
    return { chooseAccount: another || isOneOfSeveral, ...(hint === undefined ? {} : { loginHint: hint }) };
  }

  async function endAtProvider(tokens: TokenSet, isService: boolean): Promise<void> {
    // A sign-out and the sign-in that it has overtaken may both have found it.
    if (toldAtProvider.has(tokens.signInId)) return;
    if (tokens.signInId !== '') toldAtProvider.add(tokens.signInId);
    // First, because a provider that was told may say from then on that the token counts no more.
    await signOutAtRelay(relayUrl, context.http, tokens, now);
    if (isService) return;
    const outcome = await endSignIn(() => providers.get(tokens.issuer), tokens);
    if (outcome.revocationFailure) toldAtProvider.delete(tokens.signInId);
    if (outcome.revocationFailure && !session) problem = toUserProblem(outcome.revocationFailure, now());
    context.onChange();
    if (outcome.endSessionUrl === null) return;
    // Everything here is forgotten already; without a browser only the provider's own page session stays.
    await context.options.openBrowser(outcome.endSessionUrl).catch(() => undefined);
  }

  async function signOut(): Promise<void> {
    epoch += 1;
    attempt?.cancel();
    stepUp.reset();
    parts.newDevices.stop();
    parts.emergencies.clear();
    const ending = session;
    session = null;
    problem = null;
    await connections.close();
    await ending?.close();
    const forgotten = await forgetSignIn(shared, vault, ending?.tokens() ?? null);
    const left = await parts.forgetPerson();
    forgotten.failure ??= left;
    if (forgotten.closed.length > 0) problem = toUserProblem(unreadSignIn(forgotten.closed), now());
    for (const tokens of forgotten.tokens) await endAtProvider(tokens, ending?.isService ?? false);
    context.onChange();
    if (forgotten.failure !== null) throw undeletedSignIn(forgotten.failure);
  }

  return {
    state,
    why,
    session: () => session,
    /** @throws AccessError `sign-in-expired` when nobody is signed in */
    demandSession(): SignedInSession {
      if (session && session.signInState().status !== 'expired') return session;
      throw new AccessError('sign-in-expired', text('failure.not-signed-in', { relay: held.record().relayName }));
    },
    isBusy: () => attempt !== null,
    isInUse: () => attempt !== null || session !== null || (held.isEstablished() && !expelled),
    offersBreakGlass: () => offersBreakGlass,
    /** Takes up a sign-in of the last run and its connections; network work goes on after it resolves. */
    async restore(): Promise<void> {
      restoring = true;
      const begunIn = epoch;
      const isVoid = (): boolean => closed || epoch !== begunIn || whyForbidden(context.managed(), relayUrl) !== null;
      context.onChange();
      try {
        const tokens = await shared.read();
        // Who signs out meanwhile has found the same, and ends it.
        if (isVoid()) return;
        if (!tokens) {
          const { closed: closedPlaces } = await vault.elsewhere();
          if (closedPlaces.length > 0 && !isVoid()) problem = toUserProblem(closedSignIn(closedPlaces), now());
          return;
        }
        const person = personId(tokens);
        await makeRoomFor(person);
        if (isVoid()) return;
        const created = use(tokens);
        if (person !== undefined && held.record().person !== person) held.remember({ person });
        if (!context.options.passive) {
          if (managedValue(context.managed(), 'connectAtStart') === false) held.remember({ connected: [] });
          // A port that is taken shows in the connection's own state.
          await Promise.allSettled(held.record().connected.map((api) => connections.connect(api)));
        }
        if (isVoid()) return;
        void created.start().then(() => run(created));
      } catch (error) {
        problem = toUserProblem(error, now());
      } finally {
        restoring = false;
        context.onChange();
      }
    },
    begin(wishes: SignInWishes = {}): void {
      if (attempt) {
        void attempt.reopen().catch(() => undefined);
        return;
      }
      problem = null;
      attempt = beginSignIn(context, relayUrl, {
        ...wishes,
        ...accountWishes(wishes),
        lastIssuer: session?.tokens().issuer.issuer,
        onRelay: ({ breakGlass }) => {
          offersBreakGlass = breakGlass !== undefined;
        },
      });
      context.onChange();
      void follow(attempt, wishes.service ?? null);
    },
    chooseIssuer(issuer: string): void {
      if (!attempt) throw new AccessError('bad-input', text('failure.no-sign-in'));
      attempt.chooseIssuer(issuer);
    },
    /** Takes a sign-in of the same person that was begun elsewhere. */
    adopt: (signedIn: SignedIn): Promise<void> => didSignIn(signedIn, null),
    cancel(): void {
      if (attempt) attempt.cancel();
      else stepUp.cancel();
    },
    reopenBrowser: async (): Promise<void> => (attempt ?? stepUp).reopen(),
    signOut,
    /** Ends the sign-in for a reason that stays to be read. */
    async expel(reason: AccessError): Promise<void> {
      expelled = true;
      try {
        await signOut();
      } finally {
        problem = toUserProblem(reason, now());
        context.onChange();
      }
    },
    async close(): Promise<void> {
      closed = true;
      attempt?.cancel();
      parts.quiet();
      await connections.close();
      await session?.close();
      await activity.close();
      await shared.close();
    },
  };
}
