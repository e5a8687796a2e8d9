import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../test/support/free-port.ts';
import { findProgram } from '../measure/find-program.ts';
import { startProgram, type BenchProcess } from '../start-process.ts';

const run = promisify(execFile);

/** An SSH server of our own that lets the present user forward ports. */
export interface SshServer {
  readonly pid: number;
  /** Starts `ssh -L` from a free local port to the target port; the tunnel ends with `close()`. */
  forward(targetPort: number): Promise<BenchProcess & { readonly port: number }>;
  readonly close: () => Promise<void>;
}

/** Starts sshd with its own keys and configuration on loopback; null where OpenSSH isn't installed. */
export async function startSshServer(parentDir: string): Promise<SshServer | null> {
  const sshd = findProgram('sshd');
  const ssh = findProgram('ssh');
  const keygen = findProgram('ssh-keygen');
  if (sshd === null || ssh === null || keygen === null) return null;
  const dir = join(parentDir, 'ssh');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // sshd as root insists on this folder, which a machine without a running sshd may lack.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  for (const key of ['host', 'user']) await run(keygen, ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, key)]);
  copyFileSync(join(dir, 'user.pub'), join(dir, 'authorized_keys'));
  const port = await freePort();
  writeFileSync(
    join(dir, 'sshd_config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(dir, 'host')}`,
      `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
      `PidFile ${join(dir, 'sshd.pid')}`,
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'UsePAM no',
      'AllowTcpForwarding local',
      '',
    ].join('\n'),
  );
  const server = await startProgram(sshd, ['-D', '-e', '-f', join(dir, 'sshd_config')], port);
  return {
    pid: server.pid,
    async forward(targetPort) {
      const localPort = await freePort();
      const tunnel = await startProgram(
        ssh,
        [
          '-N',
          `-L127.0.0.1:${localPort}:127.0.0.1:${targetPort}`,
          `-p${port}`,
          `-i${join(dir, 'user')}`,
          '-Fnone',
          '-oIdentitiesOnly=yes',
          '-oExitOnForwardFailure=yes',
          '-oStrictHostKeyChecking=no',
          `-oUserKnownHostsFile=${join(dir, 'known_hosts')}`,
          '-oLogLevel=ERROR',
          '-oBatchMode=yes',
          `${userInfo().username}@127.0.0.1`,
        ],
        localPort,
      );
      return { ...tunnel, port: localPort };
    },
    close: server.close,
  };
}
