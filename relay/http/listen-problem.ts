import { AccessError } from '../../shared/errors.ts';

/** Where somebody wanted to listen, and the key of the config that says so. */
export interface WantedAddress {
  readonly host: string;
  readonly port: number;
  readonly key: 'relay.listen' | 'admin.listen';
}

/** Why nobody can listen there, in words for whoever starts it; null when something else went wrong. */
export function listenProblem(cause: unknown, { host, port, key }: WantedAddress): AccessError | null {
  if (!(cause instanceof Error) || !('syscall' in cause) || cause.syscall !== 'listen' || !('code' in cause))
    return null;
  switch (cause.code) {
    case 'EADDRINUSE':
      return new AccessError(
        'port-taken',
        `Port ${port} of ${host} is used by another program. Stop that program, or choose another ${key}.port.`,
        { cause },
      );
    case 'EACCES':
      return new AccessError('bad-config', `This user may not listen on port ${port}. ${remedy(key)}`, { cause });
    case 'EADDRNOTAVAIL':
      return new AccessError('bad-config', `${host} isn’t an address of this computer. Correct ${key}.host.`, {
        cause,
      });
    default:
      return null;
  }
}

/** Ports below 1024 are for those who were given the right (capabilities(7), ip(7)). */
function remedy(key: WantedAddress['key']): string {
  if (process.platform !== 'linux') return `Choose a ${key}.port of 1024 or more.`;
  return [
    'Give the service the right to: AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit,',
    `or “setcap cap_net_bind_service=+ep ${process.execPath}”, or “sysctl net.ipv4.ip_unprivileged_port_start=443”.`,
    `Or choose a ${key}.port of 1024 or more.`,
  ].join(' ');
}
