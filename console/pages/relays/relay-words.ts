import type { ListedRelay } from '../../api/admin-api.ts';
import type { ProcessRow } from './relay-rows.ts';

/** How a relay is, in a word: the worst of all that is true. Pure. */
export function relayStanding(
  relay: Pick<ListedRelay, 'silent' | 'stopped' | 'auditHealthy' | 'ready' | 'draining' | 'problems'>,
): {
  readonly words: string;
  readonly tone: 'ok' | 'warning' | 'bad' | 'quiet';
} {
  if (relay.stopped === true) return { words: 'stopped', tone: 'quiet' };
  if (relay.silent) return { words: 'silent', tone: 'bad' };
  if (!relay.auditHealthy) return { words: 'no audit', tone: 'bad' };
  if (relay.draining) return { words: 'draining', tone: 'warning' };
  if (!relay.ready) return { words: 'not ready', tone: 'bad' };
  return relay.problems.length > 0 ? { words: 'with problems', tone: 'warning' } : { words: 'ready', tone: 'ok' };
}

/** What a process of a relay is called. */
export function processName({ worker }: { readonly worker: number | null }): string {
  return worker === null ? 'relay' : `worker ${worker}`;
}

/** Whether a process takes people, in a word. */
export function processStanding({ draining, running, down }: Omit<ProcessRow, 'worker'>): {
  readonly words: string;
  readonly tone: 'warning' | 'bad' | null;
} {
  if (down !== null) return { words: 'down', tone: 'bad' };
  if (running === null) return { words: 'starting', tone: 'warning' };
  return draining ? { words: 'draining', tone: 'warning' } : { words: 'serving', tone: null };
}

/** Whether another worker of the relay takes people, so that this one can be drained alone. */
export function othersTakePeople(
  { draining, processes }: Pick<ListedRelay, 'draining' | 'processes'>,
  { worker: wanted }: { readonly worker: number | null },
): boolean {
  return !draining && processes.some(({ worker, draining: isAway }) => worker !== null && worker !== wanted && !isAway);
}
