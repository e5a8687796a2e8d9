import type { CausewayBridge } from '../shared/ipc.ts';

declare global {
  interface Window {
    /** Put there by the preload script; the only way to the main process. */
    readonly causeway: CausewayBridge;
  }
}

/** The preload's bridge: the window knows nothing else of the world outside. */
export function bridge(): CausewayBridge {
  return window.causeway;
}
