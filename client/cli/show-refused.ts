import type { ActivityEntry } from '../../shared/activity.ts';
import type { Terminal } from './terminal.ts';

/** Shows local connections that were turned away: how many so far, and why. */
export function showRefused(terminal: Terminal, entry: ActivityEntry, connections: number): void {
  const { api, timeMs, reason } = entry;
  const time = new Date(timeMs).toTimeString().slice(0, 8);
  const what = connections === 1 ? 'a connection was refused' : `${connections} connections were refused`;
  terminal.result(
    { type: 'refused-connections', api, timeMs, connections, reason },
    `${time}  ${api}  ${what}: ${reason}`,
  );
}
