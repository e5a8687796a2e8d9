import { onTrigger, record } from './control.ts';

type SessionApi = Pick<
  Electron.Session,
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'resolveProxy'
  | 'forceReloadProxyConfig'
>;
type RequestHandler = NonNullable<Parameters<SessionApi['setPermissionRequestHandler']>[0]>;
type CheckHandler = NonNullable<Parameters<SessionApi['setPermissionCheckHandler']>[0]>;

let request: RequestHandler | null = null;
let check: CheckHandler | null = null;
let proxy = 'DIRECT';

const defaultSession: SessionApi = {
  setPermissionRequestHandler: (handler) => {
    record('session.setPermissionRequestHandler');
    request = handler;
  },
  setPermissionCheckHandler: (handler) => {
    record('session.setPermissionCheckHandler');
    check = handler;
  },
  resolveProxy: async () => proxy,
  forceReloadProxyConfig: async () => record('session.forceReloadProxyConfig'),
  setDevicePermissionHandler: () => record('session.setDevicePermissionHandler'),
};

/** Electron's `session`: keeps the permission handlers so that a spec can ask them. */
export const session = { defaultSession };

onTrigger('system-proxy', (trigger) => void (proxy = trigger.proxy));

onTrigger('permission', async ({ permission }) => {
  // The handlers of the app look at neither page nor details; a spec gives only the name.
  const contents = null as unknown as Electron.WebContents;
  const name = permission as Parameters<RequestHandler>[1];
  const granted = await new Promise<boolean>((resolve) => {
    if (request === null) resolve(true);
    else request(contents, name, resolve, {} as Electron.PermissionRequest);
  });
  const details = {} as Parameters<CheckHandler>[3];
  return { granted, checked: check === null || check(null, permission as Parameters<CheckHandler>[1], '', details) };
});
