import { recordFirst } from '../audit/record-first.ts';
import type { OrderedAct } from '../vitals/relay-order.ts';
import type { AdminParts } from './admin-parts.ts';

type Parts = Pick<AdminParts, 'relay' | 'audit' | 'ownState'>;

/**
 * Drains this relay or takes it back. Durable before anything happens: what was done, by whom, why, and how the relay was before.
 * @throws AccessError `audit-unavailable`
 */
export async function drainHere({ relay, audit, ownState }: Parts, act: OrderedAct, words: string): Promise<void> {
  const event = act === 'drain' ? 'draining' : 'undrained';
  const detail = `asked for by ${words} (before: ${loadWords(ownState())})`;
  await recordFirst(audit, { type: 'relay', timeMs: Date.now(), event, detail });
  if (act === 'drain') relay.sendAway();
  else relay.takeBack();
}

export function loadWords({ draining, tunnels }: { readonly draining: boolean; readonly tunnels: number }): string {
  return `${draining ? 'draining' : 'serving'}, ${tunnels} tunnels`;
}
