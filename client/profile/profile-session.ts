import type { ShownRequest } from '../../shared/access-request.ts';
import type { AccessError } from '../../shared/errors.ts';
import type { LookColor } from '../../shared/look.ts';
import type { ProfileRecord } from '../../shared/settings.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import type { StepUp } from '../../shared/step-up.ts';
import type { SignedIn } from '../sign-in/run-sign-in.ts';
import { decideRequest, requestAccess, withdrawRequest } from './access-requests.ts';
import { managedPortsOf } from './managed-ports.ts';
import { holdRecord } from './held-record.ts';
import { endSessions, ownSessions, renameSession } from './own-sessions.ts';
import type { ProfileContext } from './profile-context.ts';
import { createProfileParts } from './profile-parts.ts';
import { createProfileSignIn, type ProfileSignIn } from './profile-sign-in.ts';
import { switchOnDefaults } from './switch-on-defaults.ts';
import { profileSnapshot } from './profile-snapshot.ts';
import type { AccessWish, RequestDecision, SignInWishes } from './wishes.ts';

/** One account at a relay: the sign-in there, and with it catalog, connections and activity. */
export type ProfileSession = ReturnType<typeof createProfileSession>;

/** Makes the profile of a record; nothing happens before `restore` or `signIn`. */
export function createProfileSession(context: ProfileContext, initial: ProfileRecord, establishedBefore: boolean) {
  const { now } = context;
  const held = holdRecord(context, initial, establishedBefore);
  const { record, remember } = held;
  const parts = createProfileParts(context, held, { session: () => signIn.session(), why: () => signIn.why() });
  const signIn: ProfileSignIn = createProfileSignIn(context, held, parts);
  const { activity, catalog, connections, newDevices, requests, stepUp } = parts;

  function taken(request: ShownRequest): ShownRequest {
    requests.take(request);
    return request;
  }

  function shownDevice(): ProfileSnapshot['device'] {
    const { name, system } = context.device();
    return { name, system };
  }

  return {
    id: initial.id,
    record,
    isEstablished: held.isEstablished,
    isBusy: () => signIn.isBusy(),
    isLively: () => activity.isLively(),
    activity: () => activity.log(),
    keptActivity: () => activity.kept(),
    announceListeners: () => parts.announceListeners(),
    restore: () => signIn.restore(),
    adoptSignIn: (signedIn: SignedIn) => signIn.adopt(signedIn),
    signIn: (wishes?: SignInWishes) => signIn.begin(wishes),
    chooseIssuer: (issuer: string) => signIn.chooseIssuer(issuer),
    stepUp: (demand?: StepUp, api?: string) => stepUp.begin(demand, api),
    cancelSignIn: () => signIn.cancel(),
    reopenBrowser: () => signIn.reopenBrowser(),
    signOut: () => signIn.signOut(),
    /** Whether somebody is or was signed in, or is about to be. */
    isInUse: () => signIn.isInUse(),
    /** Ends the sign-in for a reason that stays to be read. */
    expel: (reason: AccessError) => signIn.expel(reason),
    /** IT has set something else than before, in part what tunnels are made under. */
    didManage(otherTunnel: boolean): void {
      if (otherTunnel) signIn.session()?.redial();
      connections.didManagePorts();
      switchOnDefaults(context, held, parts, signIn);
    },
    async connect(api: string): Promise<void> {
      const current = signIn.demandSession();
      catalog.demand(api);
      const { paused } = record();
      if (paused?.includes(api) === true) remember({ paused: paused.filter((other) => other !== api) });
      await connections.connect(api);
      current.openTunnel();
    },
    disconnect: (api: string) => connections.disconnect(api),
    /** Disconnects all, and remembers which, until `resume` or a sign-out. */
    async pause(): Promise<void> {
      const { connected, paused = [] } = record();
      remember({ paused: [...new Set([...paused, ...connected])] });
      await Promise.all(connected.map((api) => connections.disconnect(api)));
    },
    /** Connects again what was paused; a port that is taken shows in the connection's own state. */
    async resume(): Promise<void> {
      const current = signIn.demandSession();
      const { paused = [] } = record();
      remember({ paused: [] });
      await Promise.allSettled(paused.map((api) => connections.connect(api)));
      current.openTunnel();
    },
    setAccessKey: (api: string, wanted: boolean) => connections.setAccessKey(api, wanted),
    accessKey: (api: string) => parts.accessKeys.keyOf(api),
    setPort: (api: string, port: number | null) => connections.setPort(api, port),
    /** Null for the relay's own. */
    setColor: (color: LookColor | null) => remember({ color: color ?? undefined }),
    setFavourite(api: string, favourite: boolean): void {
      const others = record().favourites.filter((other) => other !== api);
      remember({ favourites: favourite ? [...others, api] : others });
    },
    refreshCatalog: async () => signIn.demandSession().refreshCatalog(),
    refreshQuotas: async (api: string) => signIn.demandSession().refreshQuotas(api),
    async sessions() {
      const own = await ownSessions(signIn.demandSession());
      newDevices.take(own);
      return own;
    },
    didSeeNewDevices: () => newDevices.didSee(),
    endSessions: async (which: { readonly id: string } | 'others') => endSessions(signIn.demandSession(), which),
    renameSession: async (id: string, name: string) => renameSession(signIn.demandSession(), id, name),
    requestAccess: async (wish: AccessWish) => taken(await requestAccess(signIn.demandSession(), wish)),
    refreshRequests: () => requests.look(),
    withdrawRequest: async (id: string) => taken(await withdrawRequest(signIn.demandSession(), id)),
    /** Whatever came of it: somebody else may have been faster. */
    decideRequest: async (id: string, decision: RequestDecision) => {
      try {
        return taken(await decideRequest(signIn.demandSession(), id, decision));
      } finally {
        void requests.look();
      }
    },
    checkNow: () => signIn.session()?.checkNow(),
    snapshot(): ProfileSnapshot {
      const nowMs = now();
      const session = signIn.session();
      return profileSnapshot({
        record: record(),
        signIn: signIn.state(),
        stepUp: stepUp.state(),
        tunnel: session?.tunnelState() ?? { status: 'closed' },
        catalog: catalog.state(),
        connections: connections.all,
        othersPorts: context.othersPorts(initial.id),
        managedPorts: managedPortsOf(context.managed(), record()),
        gatewayAddress: (api) => connections.gatewayAddress(api),
        openStreams: (listenerId) => session?.openStreams(listenerId) ?? 0,
        rate: (api) => activity.rate(api, nowMs),
        device: shownDevice(),
        appVersion: context.options.appVersion,
        offersBreakGlass: signIn.offersBreakGlass(),
        emergencies: parts.emergencies.all,
        newDevices: newDevices.all,
        requests: requests.state(),
        nowMs,
      });
    },
    close: () => signIn.close(),
  };
}
