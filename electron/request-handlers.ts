import type { ClientCore } from '../client/core/client-core.ts';
import { accessKeyPlaceholder } from '../shared/access-key.ts';
import { AccessError } from '../shared/errors.ts';
import { type StepUp, strictestStepUp } from '../shared/step-up.ts';
import type { StateAt } from '../shared/state-patch.ts';
import { endSessions } from './end-sessions.ts';
import { revokedNoticeId } from './notices-due.ts';
import type { CommandOnPath } from './command-on-path.ts';
import type { NoticeCentre } from './notice-centre.ts';
import type { Updates } from './update-parts.ts';
import type { RequestHandlers } from './ipc-router.ts';
import { text } from '../shared/messages/text.ts';

/** What requests of the window need besides the client core. */
export interface WindowServices {
  /** Opens an address through the one guarded door. */
  readonly openExternal: (url: string) => Promise<void>;
  /** The state to which later pushes lead. */
  readonly readState: () => StateAt;
  /** The window can be seen or not, and shows activity or not. */
  readonly watch: (watched: { readonly visible: boolean; readonly activity: boolean }) => void;
  readonly notices: Pick<NoticeCentre, 'list' | 'markRead' | 'skip' | 'clear'>;
  readonly updates: Pick<Updates, 'check' | 'download' | 'restart' | 'later'>;
  /** Null where there is no link to make. */
  readonly commandLine: Pick<CommandOnPath, 'set'> | null;
  readonly writeClipboard: (words: string) => Promise<void>;
  /** Asks for a place and writes the text there; false when the person cancels. */
  readonly saveTextFile: (options: { readonly name: string; readonly text: string }) => Promise<boolean>;
}

/** What each request of the window does; the only list of the window's powers. */
export function createRequestHandlers(core: ClientCore, services: WindowServices): RequestHandlers {
  return {
    'state:get': () => services.readState(),
    'state:watch': (watched) => done(services.watch(watched)),
    'activity:get': () => {
      const { currentProfileId } = core.snapshot();
      return currentProfileId === null ? { entries: [], counts: {} } : core.keptActivity(currentProfileId);
    },
    'sign-in:start': ({ relayUrl, ...wishes }) => core.signIn(relayUrl, withoutAbsent(wishes)),
    'sign-in:choose-issuer': ({ profileId, issuer }) => done(core.chooseIssuer(profileId, issuer)),
    'sign-in:step-up': ({ profileId, api }) =>
      done(api === undefined ? core.stepUp(profileId) : core.stepUp(profileId, demandOf(core, profileId, api), api)),
    'sign-in:cancel': ({ profileId }) => done(core.cancelSignIn(profileId)),
    'sign-in:reopen': async ({ profileId }) => done(await core.reopenBrowser(profileId)),
    'sign-in:sign-out': async ({ profileId }) => done(await core.signOut(profileId)),
    'profile:select': ({ profileId }) => done(core.selectProfile(profileId)),
    'profile:set-color': ({ profileId, color }) => done(core.setColor(profileId, color)),
    'profile:remove': async ({ profileId }) => done(await core.removeProfile(profileId)),
    'api:connect': async ({ profileId, api }) => done(await core.connect(profileId, api)),
    'api:disconnect': async ({ profileId, api }) => done(await core.disconnect(profileId, api)),
    'api:set-port': async ({ profileId, api, port }) => done(await core.setPort(profileId, api, port)),
    'api:set-access-key': async ({ profileId, api, wanted }) => done(await core.setAccessKey(profileId, api, wanted)),
    'api:copy-access-key': async ({ profileId, api }) =>
      done(await services.writeClipboard(await accessKeyOf(core, profileId, api))),
    'api:copy-with-access-key': async ({ profileId, api, text: shown }) => {
      const key = await accessKeyOf(core, profileId, api);
      return done(await services.writeClipboard(shown.replaceAll(accessKeyPlaceholder, key)));
    },
    'api:set-favourite': ({ profileId, api, favourite }) => done(core.setFavourite(profileId, api, favourite)),
    'api:open': async ({ profileId, api }) => done(await services.openExternal(localAddress(core, profileId, api))),
    'api:refresh-quotas': async ({ profileId, api }) => done(await core.refreshQuotas(profileId, api)),
    'api:request-access': async ({ profileId, api, role, reason, hours }) => {
      const wish = { api, role, reason, ...(hours === undefined ? {} : { hours }) };
      const { id, status, hours: granted } = await core.requestAccess(profileId, wish);
      return { id, status, hours: granted };
    },
    'requests:refresh': async ({ profileId }) => done(await core.refreshRequests(profileId)),
    'requests:withdraw': async ({ profileId, id }) => {
      services.notices.skip(revokedNoticeId(profileId, id));
      await core.withdrawRequest(profileId, id);
      return null;
    },
    'requests:decide': async ({ profileId, id, verdict, note, hours }) => {
      await core.decideRequest(profileId, id, { verdict, note, ...(hours === undefined ? {} : { hours }) });
      return null;
    },
    'tunnel:try-now': ({ profileId }) => done(core.tryNow(profileId)),
    'network:open-sign-in-page': async ({ profileId }) =>
      done(await services.openExternal(networkPage(core, profileId))),
    'network:sign-in-to-proxy': async (password) => done(await core.signInToProxy(password)),
    'network:forget-proxy-password': async ({ proxy }) => done(await core.forgetProxyPassword(proxy)),
    'catalog:refresh': async ({ profileId }) => done(await core.refreshCatalog(profileId)),
    'sessions:list': ({ profileId }) => core.sessions(profileId),
    'sessions:end': async ({ profileId, which }) => ({ ended: await endSessions(core, profileId, which) }),
    'sessions:rename': async ({ profileId, id, name }) => ({ name: await core.renameSession(profileId, id, name) }),
    'sessions:seen': ({ profileId }) => done(core.didSeeNewDevices(profileId)),
    'notices:get': () => services.notices.list(),
    'notices:read': ({ ids }) => done(services.notices.markRead(ids)),
    'notices:clear': () => done(services.notices.clear()),
    'settings:set': async (change) => done(await core.setSettings(withoutAbsent(change))),
    'diagnostics:run': ({ profileId }) => core.diagnose(profileId),
    'diagnostics:save': async ({ bundle }) => ({
      saved: await services.saveTextFile({ name: 'causeway-diagnostics.json', text: bundle }),
    }),
    // Not waited for: each takes long, and shows in the state.
    'update:check': () => done(void services.updates.check()),
    'update:download': () => done(void services.updates.download()),
    'update:restart': () => done(void services.updates.restart()),
    'update:later': () => done(services.updates.later()),
    // Not waited for: the system may ask for a password.
    'command-line:set': ({ onPath }) => done(void services.commandLine?.set(onPath)),
    'clipboard:write': async ({ text: words }) => done(await services.writeClipboard(words)),
    'activity:export': async ({ csv }) => ({
      saved: await services.saveTextFile({ name: 'causeway-activity.csv', text: csv }),
    }),
  };
}

function done(_finished: void): null {
  return null;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutAbsent<T extends object>(change: T): Present<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Present<T>;
}

/** The sign-in that meets every rule of the API that asks for one. */
function demandOf(core: ClientCore, profileId: string, api: string): StepUp {
  const profile = core.snapshot().profiles.find(({ id }) => id === profileId);
  const catalog = profile?.catalog.status === 'ready' ? profile.catalog.catalog : null;
  const permissions = catalog?.apis.find(({ id }) => id === api)?.permissions ?? [];
  const demand = strictestStepUp(permissions.flatMap(({ stepUp }) => stepUp ?? []));
  if (demand === null) throw new AccessError('bad-input', text('main.no-step-up', { api }));
  return demand;
}

/** The relay's name in plain HTTP: where a network that wants a sign-in first shows its own page instead. */
function networkPage(core: ClientCore, profileId: string): string {
  const profile = core.snapshot().profiles.find(({ id }) => id === profileId);
  if (profile === undefined) throw new AccessError('bad-input', text('failure.no-profile', { profile: profileId }));
  return `http://${new URL(profile.relayUrl).hostname}/`;
}

async function accessKeyOf(core: ClientCore, profileId: string, api: string): Promise<string> {
  const key = await core.accessKey(profileId, api);
  if (key === null) throw new AccessError('bad-input', text('main.no-key', { api }));
  return key;
}

function localAddress(core: ClientCore, profileId: string, api: string): string {
  const profile = core.snapshot().profiles.find(({ id }) => id === profileId);
  const connection = profile?.connections[api];
  if (connection?.status !== 'on') {
    throw new AccessError('not-connected', text('main.no-address', { api }));
  }
  return connection.gatewayAddress ?? connection.address;
}
