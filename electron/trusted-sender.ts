import { isAppAddress } from './app-address.ts';

/** What is looked at of the frame that sent a message; null once the frame has gone or navigated. */
export interface SenderFrame {
  readonly url: string;
  /** Null for the main frame of its window. */
  readonly parent: unknown;
  /** A destroyed frame can't be told from another one that took its place. */
  isDestroyed(): boolean;
}

/** Only the main frame of a window showing the app's own page may send requests. */
export function isTrustedSender(frame: SenderFrame | null): boolean {
  return frame !== null && !frame.isDestroyed() && frame.parent === null && isAppAddress(frame.url);
}
