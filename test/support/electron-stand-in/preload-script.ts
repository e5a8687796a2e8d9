/** Name of the binding over which a page's `ipcRenderer.invoke` reaches the main process; taken away before any page script. */
export const invokeBinding = '__electronInvoke';
/** Name of the function over which the main process reaches a page's `ipcRenderer.on`. */
export const emitFunction = '__electronEmit';

/**
 * Wraps the built preload so that it runs before the page with what a sandboxed preload has: `require('electron')`
 * with `contextBridge` and `ipcRenderer`, and a little of `process`. Runs in the main frame only, as Electron's does.
 */
export function wrapPreload(source: string, platform: string): string {
  return `(() => {
  const invoke = globalThis[${JSON.stringify(invokeBinding)}];
  delete globalThis[${JSON.stringify(invokeBinding)}];
  if (window !== window.top || typeof invoke !== 'function') return;
  const listeners = new Map();
  const ipcRenderer = {
    invoke: (channel, ...args) => invoke(channel, args),
    on: (channel, listener) => {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      return ipcRenderer;
    },
    removeListener: (channel, listener) => {
      listeners.set(channel, (listeners.get(channel) ?? []).filter((other) => other !== listener));
      return ipcRenderer;
    },
  };
  const freeze = (value) => {
    if (typeof value !== 'object' || value === null) return value;
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, freeze(item)])));
  };
  const contextBridge = {
    exposeInMainWorld: (name, api) =>
      Object.defineProperty(window, name, { value: freeze(api), writable: false, configurable: false, enumerable: true }),
  };
  Object.defineProperty(window, ${JSON.stringify(emitFunction)}, {
    value: (channel, args) => {
      for (const listener of listeners.get(channel) ?? []) listener({}, ...args);
    },
  });
  const modules = { electron: { contextBridge, ipcRenderer } };
  const require = (name) => {
    if (!Object.hasOwn(modules, name)) throw new Error('module not found: ' + name);
    return modules[name];
  };
  const process = { platform: ${JSON.stringify(platform)}, type: 'renderer', sandboxed: true };
  const module = { exports: {} };
  ((require, process, module, exports) => {
${source}
  })(require, process, module, module.exports);
})();`;
}
