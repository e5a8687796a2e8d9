import { record } from './control.ts';

type Handler = Parameters<Electron.Protocol['handle']>[1];
const handlers = new Map<string, Handler>();

/** Electron's `protocol`: keeps the app's handler, which the browser part asks for each file. */
export const protocol: Pick<Electron.Protocol, 'registerSchemesAsPrivileged' | 'handle'> = {
  registerSchemesAsPrivileged: (schemes) => record('protocol.registerSchemesAsPrivileged', schemes),
  handle: (scheme, handler) => void handlers.set(scheme, handler),
};

/** The app's own answer to a request for one of its files. */
export async function answerScheme(url: string, method: string): Promise<Response> {
  const scheme = new URL(url).protocol.slice(0, -1);
  const handler = handlers.get(scheme);
  if (handler === undefined) throw new Error(`No handler for ${scheme}:`);
  return handler(new Request(url, { method }));
}
