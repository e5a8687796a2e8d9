import type { Logger } from 'pino';
import { type EmergencySignIn, emergencySignInId } from '../../shared/emergency-sign-in.ts';

/** How relays that share something tell each other of emergency sign-ins. */
export interface EmergencyWay {
  /** Rejects when it can’t be told now. */
  tell(signIn: EmergencySignIn): Promise<void>;
  /** Calls back for those of all relays from now on, this one’s own included. */
  follow(onSignedIn: (signIn: EmergencySignIn) => void): { close(): void };
}

/** What one process tells the other relays, and hears of them. */
export interface EmergencyNews {
  /** Somebody has signed in here: the other relays hear of it at once, or as soon as what they share is in reach. */
  didSignIn(signIn: EmergencySignIn): void;
  /** It is known in this process already, from another one of this relay. */
  isKnown(signIn: EmergencySignIn): void;
  close(): void;
}

/** Emergencies are when things are out of reach; later than this nobody can do anything about a sign-in of half an hour. */
const longestTryMs = 3_600_000;
const pauseMs = 3000;
const mostRemembered = 200;

/** Tells and hears each sign-in once. @param onElsewhere one of another relay */
export function shareEmergencies(options: {
  readonly way: EmergencyWay;
  readonly onElsewhere: (signIn: EmergencySignIn) => void;
  readonly log: Logger;
  /** Milliseconds between tries. Default 3000. */
  readonly everyMs?: number;
}): EmergencyNews {
  const { way, onElsewhere, log, everyMs = pauseMs } = options;
  const known = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  let isClosed = false;

  /** @returns false for one that is known */
  const remember = (signIn: EmergencySignIn): boolean => {
    const id = emergencySignInId(signIn);
    if (known.has(id)) return false;
    known.add(id);
    for (const oldest of known) {
      if (known.size <= mostRemembered) break;
      known.delete(oldest);
    }
    return true;
  };
  const tell = (signIn: EmergencySignIn, endMs: number): void => {
    way.tell(signIn).catch((error: unknown) => {
      log.warn({ err: error }, 'owners at other relays hear of an emergency sign-in later');
      if (isClosed || performance.now() > endMs) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        tell(signIn, endMs);
      }, everyMs).unref();
      timers.add(timer);
    });
  };
  const following = way.follow((signIn) => {
    if (!isClosed && remember(signIn)) onElsewhere(signIn);
  });
  return {
    didSignIn(signIn) {
      remember(signIn);
      tell(signIn, performance.now() + longestTryMs);
    },
    isKnown: (signIn) => void remember(signIn),
    close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      following.close();
    },
  };
}
