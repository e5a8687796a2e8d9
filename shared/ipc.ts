import { z } from 'zod';
import { accessKeyPlaceholder } from './access-key.ts';
import { apiIdSchema } from './catalog.ts';
import { lookColors } from './look.ts';
import type { ActivityLog } from './activity.ts';
import type { DiagnosticReport } from './diagnostics.ts';
import type { UserProblem } from './errors.ts';
import { mostNotices, type Notice } from './notice.ts';
import { chosenNameSchema, type OwnSession } from './own-session.ts';
import { settingsChangeSchema } from './settings.ts';
import type { StateAt, StateStep } from './state-patch.ts';

/** Answer of every request over IPC: failures are data, never a rejected promise with a message to parse. */
export type IpcResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: UserProblem };

const profileId = z.string().min(1).max(200);
const sessionId = z.string().regex(/^[\w-]{1,64}$/);
const requestId = z.string().regex(/^[\w-]{1,64}$/);
const none = z.tuple([]);

/**
 * Every request that the renderer may send to the main process, with the schema of its arguments. The same map
 * types both sides (see `IpcRequests`) and checks arguments at run time in the main process.
 */
export const ipcRequestSchemas = {
  'state:get': none,
  /** What the window shows: nothing is pushed to one that can't be seen, and no activity to one that shows none. */
  'state:watch': z.tuple([z.object({ visible: z.boolean(), activity: z.boolean() })]),
  'activity:get': none,
  'sign-in:start': z.tuple([
    z.object({
      relayUrl: z.string().min(1).max(2048),
      /** By an account of the relay’s own; the person has read what that is for. */
      breakGlass: z.boolean().optional(),
      /** Which account it is for, where the relay has several. */
      profileId: profileId.optional(),
      /** A further account at a relay where somebody is signed in. */
      another: z.boolean().optional(),
    }),
  ]),
  /** Answers the choice between several sign-in services. */
  'sign-in:choose-issuer': z.tuple([z.object({ profileId, issuer: z.string().min(1).max(2048) })]),
  /**
   * The person’s yes to the fresh sign-in that a rule asks for, or that an API’s rules will ask for; `sign-in:cancel` is
   * the no.
   */
  'sign-in:step-up': z.tuple([z.object({ profileId, api: apiIdSchema.optional() })]),
  'sign-in:cancel': z.tuple([z.object({ profileId })]),
  /** Opens the waiting sign-in's page again in the browser. */
  'sign-in:reopen': z.tuple([z.object({ profileId })]),
  'sign-in:sign-out': z.tuple([z.object({ profileId })]),
  'profile:select': z.tuple([z.object({ profileId })]),
  /** Null for the colour that the relay says. */
  'profile:set-color': z.tuple([z.object({ profileId, color: z.enum(lookColors).nullable() })]),
  'profile:remove': z.tuple([z.object({ profileId })]),
  'api:connect': z.tuple([z.object({ profileId, api: apiIdSchema })]),
  'api:disconnect': z.tuple([z.object({ profileId, api: apiIdSchema })]),
  'api:set-port': z.tuple([z.object({ profileId, api: apiIdSchema, port: z.int().min(1024).max(65535).nullable() })]),
  /** Asks requests to the API's ports to carry a fresh access key, or none any more. */
  'api:set-access-key': z.tuple([z.object({ profileId, api: apiIdSchema, wanted: z.boolean() })]),
  /** Puts the API's access key into the clipboard; it never reaches the window. */
  'api:copy-access-key': z.tuple([z.object({ profileId, api: apiIdSchema })]),
  /** Puts a text of the window into the clipboard with the API's access key where the placeholder stands. */
  'api:copy-with-access-key': z.tuple([
    z.object({ profileId, api: apiIdSchema, text: z.string().max(20_000).includes(accessKeyPlaceholder) }),
  ]),
  'api:set-favourite': z.tuple([z.object({ profileId, api: apiIdSchema, favourite: z.boolean() })]),
  /** Opens the API's local address in the browser. */
  'api:open': z.tuple([z.object({ profileId, api: apiIdSchema })]),
  /** Asks what is left of an API’s limits; failures leave what is known. */
  'api:refresh-quotas': z.tuple([z.object({ profileId, api: apiIdSchema })]),
  /** `api` null for a role that counts at all APIs. */
  'api:request-access': z.tuple([
    z.object({
      profileId,
      api: apiIdSchema.nullable(),
      role: z.string().min(1).max(256),
      reason: z.string().trim().min(1).max(1000),
      hours: z.number().gt(0).max(8760).optional(),
    }),
  ]),
  /** Asks the relay again for the requests that concern the person; failures leave what is known. */
  'requests:refresh': z.tuple([z.object({ profileId })]),
  /** Takes back a request of one’s own that waits, or gives up what it gave. */
  'requests:withdraw': z.tuple([z.object({ profileId, id: requestId })]),
  /** An approver’s word on somebody’s request; `end` ends its grant early. */
  'requests:decide': z.tuple([
    z.object({
      profileId,
      id: requestId,
      verdict: z.enum(['approve', 'refuse', 'end']),
      note: z.string().trim().max(1000),
      hours: z.number().gt(0).max(8760).optional(),
    }),
  ]),
  /** Asks for the relay at once instead of at the next attempt. */
  'tunnel:try-now': z.tuple([z.object({ profileId })]),
  /** Opens the page of a network that wants a sign-in of its own first. */
  'network:open-sign-in-page': z.tuple([z.object({ profileId })]),
  /** The answer to `proxySignIn` of the snapshot; kept by the main process, never given back. */
  'network:sign-in-to-proxy': z.tuple([z.object({ user: z.string().min(1).max(256), password: z.string().max(1024) })]),
  /** Deletes what is kept for one of `proxyPasswords` of the snapshot. */
  'network:forget-proxy-password': z.tuple([z.object({ proxy: z.string().min(1).max(300) })]),
  'catalog:refresh': z.tuple([z.object({ profileId })]),
  /** The person's own sessions, on all devices. */
  'sessions:list': z.tuple([z.object({ profileId })]),
  /** Ends one of them, several, or all but this app's own. */
  'sessions:end': z.tuple([
    z.object({
      profileId,
      which: z.union([
        z.literal('others'),
        z.object({ id: sessionId }),
        z.object({ ids: z.array(sessionId).min(1).max(1000) }),
      ]),
    }),
  ]),
  /** Gives the device of one a name, or with the empty one takes that back. */
  'sessions:rename': z.tuple([z.object({ profileId, id: sessionId, name: chosenNameSchema })]),
  /** The person has looked at the sign-ins on new devices. */
  'sessions:seen': z.tuple([z.object({ profileId })]),
  /** What the person was told of, newest first. */
  'notices:get': none,
  /** The person has seen these, or all. */
  'notices:read': z.tuple([
    z.object({ ids: z.union([z.literal('all'), z.array(z.string().max(500)).max(mostNotices)]) }),
  ]),
  'notices:clear': none,
  'settings:set': z.tuple([settingsChangeSchema]),
  /** Looks at each step between here and the APIs; takes some seconds, and changes nothing. */
  'diagnostics:run': z.tuple([z.object({ profileId })]),
  /** Saves the report that the window has shown. */
  'diagnostics:save': z.tuple([z.object({ bundle: z.string().max(200_000) })]),
  /** Looks for an update now; what came of it arrives as state. */
  'update:check': none,
  /** Downloads the update that was offered. */
  'update:download': none,
  /** Installs the update that is ready, and starts again. */
  'update:restart': none,
  /** Not now: the update waits until tomorrow, or until it is asked for. */
  'update:later': none,
  /** Puts the command line that the app carries on PATH, or takes it off again; what came of it arrives as state. */
  'command-line:set': z.tuple([z.object({ onPath: z.boolean() })]),
  'clipboard:write': z.tuple([z.object({ text: z.string().max(20_000) })]),
  'activity:export': z.tuple([z.object({ csv: z.string().max(5_000_000) })]),
} as const satisfies Record<string, z.ZodType>;

export type IpcRequestChannel = keyof typeof ipcRequestSchemas;

interface IpcRequestResults {
  'state:get': StateAt;
  'activity:get': ActivityLog;
  /** Profile id of the sign-in that has begun; the outcome arrives as state. */
  'sign-in:start': { readonly profileId: string };
  'notices:get': readonly Notice[];
  'activity:export': { readonly saved: boolean };
  'diagnostics:run': DiagnosticReport;
  'diagnostics:save': { readonly saved: boolean };
  'sessions:list': readonly OwnSession[];
  /** Ids of those that ended. */
  'sessions:end': { readonly ended: readonly string[] };
  /** What the device is called now. */
  'sessions:rename': { readonly name: string };
  /** What became of the request so far, with the id to quote. */
  'api:request-access': { readonly id: string; readonly status: string; readonly hours: number };
}

/** One map from channel to signature, for both sides. */
export type IpcRequests = {
  readonly [C in IpcRequestChannel]: (
    ...args: z.infer<(typeof ipcRequestSchemas)[C]>
  ) => Promise<IpcResult<C extends keyof IpcRequestResults ? IpcRequestResults[C] : null>>;
};

/** A place of the window, for menus, links and notices; what isn’t there is said. */
export type Place =
  | {
      readonly show:
        | 'search'
        | 'palette'
        | 'settings'
        | 'sign-in'
        | 'sessions'
        | 'access'
        | 'requests'
        | 'notices'
        | 'diagnostics';
    }
  | { readonly show: 'api'; readonly api: string; readonly profileId?: string }
  | { readonly show: 'request'; readonly id: string; readonly profileId?: string };

/** Pushed from the main process to the window. `app:did-request` asks the window to show a place. */
export interface IpcEvents {
  'state:did-change': StateStep;
  'activity:did-append': { readonly profileId: string; readonly added: ActivityLog };
  'app:did-request': Place;
  'notices:did-change': readonly Notice[];
}
export type IpcEventChannel = keyof IpcEvents;

/** What the preload exposes as `window.causeway`: nothing else crosses the bridge. */
export interface CausewayBridge {
  readonly platform: 'darwin' | 'win32' | 'linux';
  request<C extends IpcRequestChannel>(channel: C, ...args: Parameters<IpcRequests[C]>): ReturnType<IpcRequests[C]>;
  /** Returns the function that ends the subscription. */
  subscribe<C extends IpcEventChannel>(channel: C, listener: (payload: IpcEvents[C]) => void): () => void;
}
