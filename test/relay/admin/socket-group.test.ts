import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminSocketName } from '../../../relay/admin/admin-socket.ts';
import { letGroupConnect } from '../../../relay/admin/socket-group.ts';
import { lookAtFiles } from '../../../relay/doctor/look-at-files.ts';
import { readPatient } from '../../../relay/doctor/patient.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

/** Not root's, of a user who has no other. */
const [group, stranger] = [65_534, 65_533];

/** curl as another user of the system. */
async function curl(path: string, gid: number): Promise<{ code: number | null; out: string }> {
  const url = 'http://localhost/admin/v1/relay';
  const child = spawn('curl', ['-sS', '--unix-socket', path, url], {
    uid: 65_532,
    gid,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  return { code, out };
}

// Only root may become another user.
describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)('admin.socket_group', () => {
  let world: TunnelWorld;
  let path: string;
  beforeAll(async () => {
    world = await startTunnelWorld({
      configure: (config) => ({ ...config, admin: { listen: { port: 0 }, socket_group: group } }),
    });
    path = join(world.dataDir, 'admin.sock');
    // The world's own folder, above that of the relay.
    chmodSync(dirname(world.dataDir), 0o711);
  });
  afterAll(() => world?.close());

  it('lets its members use the socket, and nobody else', async () => {
    const answered = await curl(path, group);
    expect([answered.code, JSON.parse(answered.out)]).toEqual([0, expect.objectContaining({ name: 'Tunnel Test' })]);
    expect(await curl(path, stranger)).toMatchObject({ code: 7, out: '' });
  });

  it('opens nothing else of the data folder', () => {
    expect([statSync(path).mode & 0o777, statSync(path).gid]).toEqual([0o660, group]);
    expect([statSync(world.dataDir).mode & 0o777, statSync(world.dataDir).gid]).toEqual([0o710, group]);
    const open = readdirSync(world.dataDir).filter(
      (name) => name !== 'admin.sock' && (statSync(join(world.dataDir, name)).mode & 0o077) !== 0,
    );
    expect(open).toEqual([]);
  });

  it('is nothing that the doctor wants undone', async () => {
    const patient = await readPatient(join(dirname(world.dataDir), 'relay.yaml'));
    const looks = patient === null ? [] : lookAtFiles(patient, adminSocketName);
    expect(looks).toMatchObject([{ verdict: 'fine' }]);
  });
});

it('a group that the system doesn’t have is named', () => {
  expect(() => letGroupConnect('/nowhere/admin.sock', 'no-such-group-here')).toThrow(
    'admin.socket_group: this system has no group “no-such-group-here”.',
  );
});
