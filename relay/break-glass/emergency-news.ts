import type { Logger } from 'pino';
import { type Emergency, emergencyId } from '../../shared/emergency.ts';

/** How relays that share something tell each other of emergency sign-ins and invitations. */
export interface EmergencyWay {
  /** Rejects when it can’t be told now. */
  tell(emergency: Emergency): Promise<void>;
  /** Calls back for those of all relays from now on, this one’s own included. */
  follow(onTold: (emergency: Emergency) => void): { close(): void };
}

/** What one process tells the other relays, and hears of them. */
export interface EmergencyNews {
  /** Somebody has signed in here, or was invited: the other relays hear of it at once, or as soon as what they share is in reach. */
  didHappen(emergency: Emergency): void;
  /** It is known in this process already, from another one of this relay. */
  isKnown(emergency: Emergency): void;
  close(): void;
}

/** Emergencies are when things are out of reach; later than this nobody can do anything about a sign-in of half an hour. */
const longestTryMs = 3_600_000;
const pauseMs = 3000;
const mostRemembered = 200;

/** Tells and hears each once. @param onElsewhere one of another relay */
export function shareEmergencies(options: {
  readonly way: EmergencyWay;
  readonly onElsewhere: (emergency: Emergency) => void;
  readonly log: Logger;
  /** Milliseconds between tries. Default 3000. */
  readonly everyMs?: number;
}): EmergencyNews {
  const { way, onElsewhere, log, everyMs = pauseMs } = options;
  const known = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  let isClosed = false;

  /** @returns false for one that is known */
  const remember = (emergency: Emergency): boolean => {
    const id = emergencyId(emergency);
    if (known.has(id)) return false;
    known.add(id);
    for (const oldest of known) {
      if (known.size <= mostRemembered) break;
      known.delete(oldest);
    }
    return true;
  };
  const tell = (emergency: Emergency, endMs: number): void => {
    way.tell(emergency).catch((error: unknown) => {
      log.warn({ err: error }, 'owners at other relays hear of an emergency sign-in or invitation later');
      if (isClosed || performance.now() > endMs) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        tell(emergency, endMs);
      }, everyMs).unref();
      timers.add(timer);
    });
  };
  const following = way.follow((emergency) => {
    if (!isClosed && remember(emergency)) onElsewhere(emergency);
  });
  return {
    didHappen(emergency) {
      remember(emergency);
      tell(emergency, performance.now() + longestTryMs);
    },
    isKnown: (emergency) => void remember(emergency),
    close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      following.close();
    },
  };
}
