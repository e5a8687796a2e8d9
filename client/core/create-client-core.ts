import { isDeepStrictEqual } from 'node:util';
import { AccessError } from '../../shared/errors.ts';
import { managedRelays, relayForbidden, settingsInForce } from '../../shared/managed/managed-settings.ts';
import { type ManagedState, managedValue, nothingManaged } from '../../shared/managed/managed-state.ts';
import { type ProfileRecord, type Settings, storedSettingsSchema } from '../../shared/settings.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { allowedChange, needsOtherTunnel } from './apply-managed.ts';
import type { ClientCore } from './client-core.ts';
import { type ClientCoreOptions, maxRecentRelays } from '../profile/core-options.ts';
import { diagnoseProfile } from '../diagnostics/diagnose-profile.ts';
import type { OtherProfiles } from '../listeners/api-names.ts';
import { createGateway } from '../listeners/gateway.ts';
import { unmanaged } from '../managed/open-managed-settings.ts';
import { whyForbidden } from '../managed/why-forbidden.ts';
import type { SignedIn } from '../sign-in/run-sign-in.ts';
import type { ProfileContext } from '../profile/profile-context.ts';
import { createProfileSession, type ProfileSession } from '../profile/profile-session.ts';
import { parseRelayAddress } from '../network/relay-address.ts';
import { createCoreNetwork } from './core-network.ts';
import { createCoreNews } from './core-news.ts';
import { newProfileRecord, profileOfSignIn } from './profile-of-sign-in.ts';
import { watchClock } from '../tokens/clock-watch.ts';
import { defaultWaitMs } from '../tunnel/wait-setting.ts';
import { text } from '../../shared/messages/text.ts';

const settleMs = 10_000;

/** Makes the client core; nothing happens on the network or on ports before `start` or `signIn`. */
export function createClientCore(options: ClientCoreOptions): ClientCore {
  const now = options.now ?? Date.now;
  const managed = options.managed ?? unmanaged;
  let policy = managed.current();
  const loaded = options.state.load();
  const sessions = new Map<string, ProfileSession>();
  let settings = loaded.settings;
  let currentProfileId = loaded.currentProfileId;
  let recentRelayUrls = loaded.recentRelayUrls;
  /** By a link that the person followed. */
  let suggestedRelayUrl: string | null = null;
  let stopClock: (() => void) | undefined;
  let stopProxies: (() => void) | undefined;
  let stopManaged: (() => void) | undefined;
  let closing: Promise<void> | undefined;

  const news = createCoreNews(snapshot, () => [...sessions.values()].some((session) => session.isLively()));
  const { changed } = news;
  const network = createCoreNetwork({ core: options, managed: () => policy, isRelay, onChange: changed, now });
  const { http, proxies, passwords } = network;
  const gateway = createGateway({
    port: inForce().gatewayPort,
    onChange: () => {
      for (const session of sessions.values()) session.announceListeners();
      changed();
    },
    now,
  });
  const context: ProfileContext = {
    options,
    managed: () => policy,
    device,
    http,
    proxies,
    gateway,
    now,
    reservedPorts: () => portsOf(sessions.values()),
    othersPorts: (profileId) => portsOf([...sessions.values()].filter(({ id }) => id !== profileId)),
    otherProfiles,
    hasOtherAccount: (profileId) => otherAccounts(profileId).length > 0,
    handOver,
    onChange: changed,
    onRemember: save,
    onActivity: news.didActivity,
  };

  function inForce(): Settings {
    return settingsInForce(settings, policy);
  }

  function device(): ReturnType<ProfileContext['device']> {
    const attributes = managedValue(policy, 'deviceAttributes');
    const name = managedValue(policy, 'deviceName') ?? options.device.name;
    return { ...options.device, name, ...(attributes === undefined ? {} : { attributes }) };
  }

  function isRelay(hostname: string): boolean {
    return relayUrls().some((relayUrl) => new URL(relayUrl).hostname === hostname);
  }

  /** Ends what IT allows no more; resolves when it has ended here. */
  async function expelForbidden(): Promise<void> {
    const expelled = [...sessions.values()].map(async (session) => {
      const reason = whyForbidden(policy, session.record().relayUrl);
      if (reason !== null && session.isInUse()) await session.expel(reason);
    });
    // What kept something of it on the disk shows in the profile’s own state.
    await Promise.allSettled(expelled);
  }

  /** IT has set something else: it holds at once. */
  function didManage(next: ManagedState): void {
    const before = policy;
    const { gatewayPort } = inForce();
    policy = next;
    if (inForce().gatewayPort !== gatewayPort) void gateway.setPort(inForce().gatewayPort);
    for (const session of sessions.values()) session.didManage(needsOtherTunnel(before, next));
    void expelForbidden();
    changed();
  }

  function save(): void {
    const established = [...sessions.values()].filter((session) => session.isEstablished());
    for (const { relayUrl } of established.map((session) => session.record())) {
      if (!recentRelayUrls.includes(relayUrl))
        recentRelayUrls = [relayUrl, ...recentRelayUrls].slice(0, maxRecentRelays);
    }
    options.state.save({
      ...loaded,
      settings,
      profiles: established.map((session) => session.record()),
      currentProfileId,
      recentRelayUrls,
    });
  }

  /** What these profiles have, and the gateway's. */
  function portsOf(of: Iterable<ProfileSession>): ReadonlySet<number> {
    const ports = [...of].flatMap((session) => Object.values(session.record().ports));
    const managedPorts = Object.values(managedValue(policy, 'ports') ?? {});
    return new Set([inForce().gatewayPort, ...managedPorts, ...ports.map(({ port }) => port)]);
  }

  function otherProfiles(profileId: string): OtherProfiles {
    const all = [...sessions.values()];
    const at = all.findIndex(({ id }) => id === profileId);
    const records = (of: readonly ProfileSession[]) => of.map((session) => session.record());
    return { before: records(all.slice(0, at)), after: records(all.slice(at + 1)) };
  }

  /** Accounts at the same relay that somebody has signed in to. */
  function otherAccounts(profileId: string): readonly ProfileSession[] {
    const relayUrl = sessions.get(profileId)?.record().relayUrl;
    return [...sessions.values()].filter(
      (session) => session.id !== profileId && session.isEstablished() && session.record().relayUrl === relayUrl,
    );
  }

  async function handOver(profileId: string, person: string, signedIn: SignedIn): Promise<boolean> {
    const own = otherAccounts(profileId).find((session) => session.record().person === person);
    if (own === undefined) return false;
    await own.adoptSignIn(signedIn);
    if (currentProfileId === profileId) currentProfileId = own.id;
    if (sessions.get(profileId)?.isEstablished() === false) sessions.delete(profileId);
    save();
    return true;
  }

  function snapshot(): Snapshot {
    const { secrets } = options;
    const wantedPassword = passwords.wanted();
    const proxyPasswords = passwords.kept();
    return {
      appVersion: options.appVersion,
      ...(options.signature === undefined ? {} : { signature: options.signature }),
      ...(options.files === undefined ? {} : { files: options.files() }),
      settings: inForce(),
      ...(isDeepStrictEqual(policy, nothingManaged) ? {} : { managed: policy }),
      profiles: [...sessions.values()].map((session) => session.snapshot()),
      currentProfileId,
      suggestedRelayUrl: suggestedRelayUrl ?? managedRelays(policy)[0] ?? options.suggestedRelayUrl ?? null,
      recentRelayUrls: offeredRelays(),
      waitForTunnelMs: options.waitForTunnelMs ?? defaultWaitMs,
      secretStore:
        secrets.kind === 'memory'
          ? { kind: 'memory', reason: secrets.memoryReason ?? text('main.no-storage') }
          : { kind: secrets.kind },
      gateway: gateway.state(),
      ...(wantedPassword === null ? {} : { proxySignIn: wantedPassword }),
      ...(proxyPasswords.length === 0 ? {} : { proxyPasswords }),
    };
  }

  function add(record: ProfileRecord, established: boolean): ProfileSession {
    const session = createProfileSession(context, record, established);
    sessions.set(record.id, session);
    return session;
  }

  function find(profileId: string): ProfileSession {
    const session = sessions.get(profileId);
    if (!session) throw new AccessError('bad-input', text('failure.no-profile', { profile: profileId }));
    return session;
  }

  /** Forgets relays that were only tried, so that they don't pile up in the list. */
  function dropFailedTries(exceptId: string | null): void {
    for (const [id, session] of sessions) {
      if (id !== exceptId && !session.isEstablished() && !session.isBusy()) sessions.delete(id);
    }
  }

  /** Waits for what is on its way, but not for long. */
  async function settled(session: ProfileSession): Promise<ProfileSnapshot> {
    const isOnItsWay = ({ signIn, tunnel }: ProfileSnapshot): boolean =>
      signIn.status === 'contacting' || (signIn.status === 'signed-in' && tunnel.status === 'connecting');
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (!isOnItsWay(session.snapshot())) resolve();
    };
    const unwatch = news.watch(look);
    const timer = setTimeout(resolve, settleMs);
    look();
    await promise;
    clearTimeout(timer);
    unwatch();
    return session.snapshot();
  }

  function relayUrls(): readonly string[] {
    return [...sessions.values()].map((session) => session.record().relayUrl);
  }

  /** IT’s first, and none that it forbids. */
  function offeredRelays(): readonly string[] {
    const known = [...new Set([...managedRelays(policy), ...recentRelayUrls])];
    return known.filter((relayUrl) => relayForbidden(policy, relayUrl) === null);
  }

  function checkNow(): void {
    for (const session of sessions.values()) session.checkNow();
  }

  for (const record of loaded.profiles) add(record, true);

  return {
    snapshot,
    watch: news.watch,
    watchRates: news.watchRates,
    watchActivity: news.watchActivity,
    activity: (profileId) => find(profileId).activity(),
    keptActivity: async (profileId) => find(profileId).keptActivity(),
    async start() {
      stopClock ??= watchClock(checkNow, now);
      stopProxies ??= network.watch(relayUrls, checkNow);
      stopManaged ??= managed.watch(didManage);
      // What was read before may have changed since.
      policy = managed.current();
      const allowed = [...sessions.values()].filter(({ record }) => !whyForbidden(policy, record().relayUrl));
      await Promise.all([expelForbidden(), ...allowed.map((session) => session.restore())]);
    },
    async signIn(typed, wishes) {
      const relayUrl = parseRelayAddress(typed);
      const forbidden = whyForbidden(policy, relayUrl);
      if (forbidden !== null) throw forbidden;
      const known = profileOfSignIn([...sessions.values()], currentProfileId, relayUrl, wishes ?? {});
      dropFailedTries(known?.id ?? null);
      const session =
        known ??
        add(
          newProfileRecord(relayUrl, (id) => sessions.has(id)),
          false,
        );
      currentProfileId = session.id;
      session.signIn(wishes);
      return { profileId: session.id };
    },
    chooseIssuer: (profileId, issuer) => find(profileId).chooseIssuer(issuer),
    stepUp: (profileId, demand, api) => find(profileId).stepUp(demand, api),
    cancelSignIn: (profileId) => find(profileId).cancelSignIn(),
    reopenBrowser: (profileId) => find(profileId).reopenBrowser(),
    signOut: async (profileId) => find(profileId).signOut(),
    selectProfile(profileId) {
      find(profileId);
      currentProfileId = profileId;
      dropFailedTries(profileId);
      save();
      changed();
    },
    async removeProfile(profileId) {
      const session = find(profileId);
      await session.signOut();
      await session.close();
      sessions.delete(profileId);
      if (currentProfileId === profileId) currentProfileId = [...sessions.keys()][0] ?? null;
      save();
      changed();
    },
    connect: async (profileId, api) => find(profileId).connect(api),
    disconnect: async (profileId, api) => find(profileId).disconnect(api),
    pause: async (profileId) => find(profileId).pause(),
    resume: async (profileId) => find(profileId).resume(),
    setAccessKey: async (profileId, api, wanted) => find(profileId).setAccessKey(api, wanted),
    accessKey: async (profileId, api) => find(profileId).accessKey(api),
    setPort: async (profileId, api, port) => find(profileId).setPort(api, port),
    setColor: (profileId, color) => find(profileId).setColor(color),
    setFavourite: (profileId, api, favourite) => find(profileId).setFavourite(api, favourite),
    refreshCatalog: async (profileId) => find(profileId).refreshCatalog(),
    refreshQuotas: async (profileId, api) => find(profileId).refreshQuotas(api),
    sessions: async (profileId) => find(profileId).sessions(),
    didSeeNewDevices: (profileId) => find(profileId).didSeeNewDevices(),
    endSessions: async (profileId, which) => find(profileId).endSessions(which),
    renameSession: async (profileId, id, name) => find(profileId).renameSession(id, name),
    requestAccess: async (profileId, wish) => find(profileId).requestAccess(wish),
    refreshRequests: async (profileId) => find(profileId).refreshRequests(),
    withdrawRequest: async (profileId, id) => find(profileId).withdrawRequest(id),
    decideRequest: async (profileId, id, decision) => find(profileId).decideRequest(id, decision),
    async setSettings(change) {
      const before = inForce();
      const parsed = storedSettingsSchema.safeParse({ ...settings, ...allowedChange(change, before, policy) });
      if (!parsed.success) throw new AccessError('bad-input', text('failure.setting'));
      settings = parsed.data;
      save();
      const { gatewayPort } = inForce();
      if (gatewayPort !== before.gatewayPort) await gateway.setPort(gatewayPort);
      changed();
    },
    suggestRelay(relayUrl) {
      const suggested = parseRelayAddress(relayUrl);
      if (relayForbidden(policy, suggested) === null) suggestedRelayUrl = suggested;
      changed();
    },
    async diagnose(profileId, onHop) {
      const session = find(profileId);
      return await diagnoseProfile({
        http,
        proxies,
        appVersion: options.appVersion,
        now,
        snapshot: () => session.snapshot(),
        settled: () => settled(session),
        activity: () => session.activity().entries,
        ...(options.ca === undefined ? {} : { ca: options.ca }),
        ...(onHop === undefined ? {} : { onHop }),
      });
    },
    checkNow,
    anonymousHttp: () => network.anonymousHttp,
    tryNow: (profileId) => find(profileId).checkNow(),
    async signInToProxy(password) {
      await passwords.answer(password);
      checkNow();
    },
    forgetProxyPassword: (proxy) => passwords.forget(proxy),
    close() {
      closing ??= (async () => {
        stopClock?.();
        stopManaged?.();
        stopProxies?.();
        news.close();
        await Promise.all([...sessions.values()].map((session) => session.close()));
        await gateway.close();
        await network.close();
      })();
      return closing;
    },
  };
}
