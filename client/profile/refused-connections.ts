import { randomUUID } from 'node:crypto';
import type { ActivityEntry } from '../../shared/activity.ts';
import { type Refusal, refusalText } from '../listeners/refusal.ts';
import { text } from '../../shared/messages/text.ts';

const windowMs = 60_000;

/** Tells of local connections that were turned away: the first at once, those after it once a minute, counted. */
export interface RefusedConnections {
  add(api: string, refusal: Refusal): void;
  /** Forgets what is untold. */
  reset(): void;
}

interface Told {
  readonly entry: ActivityEntry & { readonly connections: number };
  untold: number;
  readonly timer: NodeJS.Timeout;
}

/** `tell` gets an entry for the activity; a later one with the same id takes its place. */
export function createRefusedConnections(options: {
  readonly tell: (entry: ActivityEntry) => void;
  readonly now: () => number;
}): RefusedConnections {
  const told = new Map<string, Told>();
  /** The activity outlives the program: an id of this run must not be one of an earlier run's. */
  const run = randomUUID();
  let number = 0;

  function tell(key: string, entry: Told['entry']): void {
    const timer = setTimeout(() => {
      const { untold = 0 } = told.get(key) ?? {};
      told.delete(key);
      if (untold > 0) tell(key, { ...entry, connections: entry.connections + untold });
    }, windowMs);
    timer.unref();
    told.set(key, { entry, untold: 0, timer });
    options.tell(entry);
  }

  return {
    add(api, refusal) {
      const key = `${api} ${refusal}`;
      const known = told.get(key);
      if (known !== undefined) {
        known.untold += 1;
        return;
      }
      number += 1;
      tell(key, {
        requestId: `refused-connection-${run}-${number}`,
        timeMs: options.now(),
        api,
        method: '',
        path: text('activity.refused-connection'),
        decision: 'deny',
        rule: null,
        reason: refusalText(refusal),
        unlockedBy: [],
        status: null,
        outcome: 'aborted',
        durationMs: null,
        requestBytes: 0,
        responseBytes: 0,
        connections: 1,
      });
    },
    reset() {
      for (const { timer } of told.values()) clearTimeout(timer);
      told.clear();
    },
  };
}
