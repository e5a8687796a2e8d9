import { contextBridge, ipcRenderer } from 'electron';
import type { CausewayBridge, IpcEventChannel, IpcEvents, IpcRequestChannel } from '../shared/ipc.ts';

// Channel names stand here again, as data: the preload runs sandboxed and must stay small, so it brings no schema
// library along. `satisfies` makes the compiler demand that the lists are complete and hold nothing else.
const requestChannels = {
  'state:get': true,
  'state:watch': true,
  'activity:get': true,
  'sign-in:start': true,
  'sign-in:choose-issuer': true,
  'sign-in:step-up': true,
  'sign-in:cancel': true,
  'sign-in:reopen': true,
  'sign-in:sign-out': true,
  'profile:select': true,
  'profile:set-color': true,
  'profile:remove': true,
  'api:connect': true,
  'api:disconnect': true,
  'api:set-port': true,
  'api:set-access-key': true,
  'api:copy-access-key': true,
  'api:copy-with-access-key': true,
  'api:set-favourite': true,
  'api:open': true,
  'api:refresh-quotas': true,
  'api:request-access': true,
  'requests:refresh': true,
  'requests:withdraw': true,
  'requests:decide': true,
  'tunnel:try-now': true,
  'network:open-sign-in-page': true,
  'network:sign-in-to-proxy': true,
  'network:forget-proxy-password': true,
  'catalog:refresh': true,
  'sessions:list': true,
  'sessions:end': true,
  'sessions:rename': true,
  'sessions:seen': true,
  'notices:get': true,
  'notices:read': true,
  'notices:clear': true,
  'settings:set': true,
  'diagnostics:run': true,
  'diagnostics:save': true,
  'update:check': true,
  'update:download': true,
  'update:restart': true,
  'update:later': true,
  'command-line:set': true,
  'clipboard:write': true,
  'activity:export': true,
} as const satisfies Record<IpcRequestChannel, true>;

const eventChannels = {
  'state:did-change': true,
  'activity:did-append': true,
  'app:did-request': true,
  'notices:did-change': true,
} as const satisfies Record<IpcEventChannel, true>;

const bridge: CausewayBridge = {
  platform: process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
  request: (channel, ...args) => {
    if (!Object.hasOwn(requestChannels, channel)) throw new TypeError('There is no such request.');
    return ipcRenderer.invoke(channel, ...args) as ReturnType<CausewayBridge['request']> as never;
  },
  subscribe: <C extends IpcEventChannel>(channel: C, listener: (payload: IpcEvents[C]) => void) => {
    if (!Object.hasOwn(eventChannels, channel)) throw new TypeError('There is no such event.');
    // Only the payload crosses the bridge: the event object would hand out the raw sender.
    const forward = (_event: unknown, payload: IpcEvents[C]): void => listener(payload);
    ipcRenderer.on(channel, forward);
    return () => {
      ipcRenderer.removeListener(channel, forward);
    };
  },
};

contextBridge.exposeInMainWorld('causeway', bridge);
