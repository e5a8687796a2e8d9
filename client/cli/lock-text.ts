import type { ShownLock } from '../../shared/catalog.ts';

const whom: Record<ShownLock['on'], string> = {
  everything: 'for everybody',
  api: 'for everybody',
  group: 'for one of your groups',
  person: 'for you',
  device: 'on this device',
  session: 'for this sign-in',
};

/** A lock in a line: whom it is on, until when, and, where it is told, why. */
export function lockText({ on, network, group, reason, untilMs }: ShownLock): string {
  const plain = network === true ? 'for the network that you are in' : whom[on];
  const who = group === undefined ? plain : `for the group ${group}`;
  const until = untilMs === null ? '' : ` until ${new Date(untilMs).toLocaleString()}`;
  return `locked by IT ${who}${until}${reason === undefined ? '' : `: ${reason}`}`;
}
