import { readdirSync, readFileSync } from 'node:fs';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** For files, databases and what the system’s libraries open. */
const besides = 512;
const fewest = 1024;
const advice = 'Raise it: LimitNOFILE= in the systemd unit, ulimit -n elsewhere.';

/** How many files and connections a process like this one may have open; Node raises its limit as far as it may. */
export function lookAtDescriptors(
  { loaded }: Patient,
  read = (): string => readFileSync('/proc/self/limits', 'utf8'),
): readonly Look[] {
  if (process.platform !== 'linux') return [skipped('', 'Only Linux says how many files a process may have open.')];
  const [, soft = ''] = /^Max open files\s+(\S+)/m.exec(read()) ?? [];
  const most = soft === 'unlimited' ? Infinity : Number(soft);
  const {
    max_tunnels: tunnels,
    max_requests: requests,
    max_unauthenticated_connections: strangers,
  } = loaded.config.limits;
  const needed = tunnels + strangers + besides;
  const found = `A process of this user may have ${soft} files and connections open.`;
  if (most < fewest) return [failure('', found, advice)];
  if (most < needed)
    return [
      warning(
        '',
        `${found} limits.max_tunnels alone (${tunnels}) needs ${needed}, and each request under way one more.`,
        advice,
      ),
    ];
  const isTight = most < needed + requests;
  const open = readdirSync('/proc/self/fd').length;
  if (open > most * 0.8) return [failure('', `${open} of ${soft} files and connections are open.`, advice)];
  return [
    isTight
      ? warning(
          '',
          `${found} With ${requests} requests under way (limits.max_requests), ${needed + requests} are needed.`,
          advice,
        )
      : fine('', found),
  ];
}
