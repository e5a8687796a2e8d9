import { isSilent, type RelayState } from '../vitals/relay-state.ts';

type Known = Pick<RelayState, 'id' | 'version' | 'atMs' | 'stopped' | 'takesTimedOrders' | 'sealsOrders'>;
type Own = Pick<RelayState, 'version' | 'takesTimedOrders' | 'sealsOrders'>;

/** Why another relay takes no orders of this one now, and what to do instead; null when it does. Pure. */
export function whyNoOrders(known: Known, own: Own, nowMs: number): string | null {
  const { id, version, atMs } = known;
  const there = `“relay drain --reason …” on the machine of ${id}, or at its own console`;
  if (known.stopped === true) return `The relay ${id} was stopped at ${new Date(atMs).toISOString()}.`;
  if (isSilent(known, nowMs))
    return `The relay ${id} has said nothing since ${new Date(atMs).toISOString()}: it is down, or cut off from what the relays share. Look at its machine.`;
  if (!own.takesTimedOrders)
    return `Relays that share a Redis alone take no orders of each other without “shared_state.secret”. Give all of them the same, or drain it there: ${there}.`;
  if (known.sealsOrders !== undefined && known.sealsOrders !== own.sealsOrders) {
    const [has, hasNot] = known.sealsOrders ? [`The relay ${id}`, 'this one'] : ['This relay', id];
    return `${has} seals orders with “shared_state.secret”, ${hasNot} runs without it. Give both the same and let them read their config (“relay reload”), or drain it there: ${there}.`;
  }
  if (!known.takesTimedOrders)
    return `The relay ${id} runs version ${version}, whose orders have another form than those of this one (version ${own.version}): neither takes any of the other. Until ${id} is upgraded, drain it there: ${there}.`;
  return null;
}
