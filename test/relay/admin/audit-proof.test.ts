import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { adminSocketName } from '../../../relay/admin/admin-socket.ts';
import { hello, openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { askSocket } from './ask-socket.ts';

interface Verdict {
  readonly logs: readonly (Readonly<Record<string, unknown>> & { readonly relay: string | null })[];
}

describe('the audit by the admin API', () => {
  let world: TunnelWorld;
  const ask = (path: string, method = 'GET') =>
    askSocket(join(world.dataDir, adminSocketName), `/admin/v1/audit${path}`, { method });
  const read = async <T>(path: string, method?: string): Promise<T> => JSON.parse((await ask(path, method)).body) as T;

  beforeAll(async () => {
    world = await startTunnelWorld({});
    const tunnel = await openTunnel(world, 'ann');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    for (let stream = 1; stream <= 5; stream += 2) expect(await tunnel.request(stream)).toBe(200);
    await tunnel.close();
  });
  afterAll(() => world?.close());

  it('says how far it goes, with a signed checkpoint and the key', async () => {
    await expect
      .poll(() => read<{ signedUpTo: number; records: number }>('/state'), { timeout: 20_000 })
      .toMatchObject({
        healthy: true,
        cut: 0,
        checkpoint: expect.stringContaining('\n— '),
        verifierKey: readFileSync(auditFiles(world.dataDir).verifierKey, 'utf8').trim(),
        signedUpTo: expect.toSatisfy((upTo: number) => upTo >= 7),
      });
  });

  it('proves a record, and refuses one that isn’t there', async () => {
    const proof = await read<{ line: string; text: string; size: number }>('/records/1/proof');
    expect(proof).toMatchObject({ seq: 1, index: 0, hashes: expect.arrayContaining([expect.any(String)]) });
    expect(proof.text).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
    expect(JSON.parse(proof.line)).toHaveProperty('type');
    expect(await ask('/records/99999/proof')).toMatchObject({
      status: 400,
      body: expect.stringContaining('no record 99999'),
    });
  });

  it('is exported as a file, filtered, as it is stored or as OCSF', async () => {
    const lines = (body: string): readonly unknown[] =>
      body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    const stored = await ask('/export?type=decision&user=ann');
    expect(stored.headers).toMatchObject({ 'content-disposition': 'attachment; filename="audit.jsonl"' });
    expect(lines(stored.body)).toMatchObject(Array(3).fill({ record: { type: 'decision' }, outcome: { status: 200 } }));
    const ocsf = await ask('/export?type=decision&format=ocsf');
    expect(lines(ocsf.body)).toMatchObject(Array(3).fill({ class_uid: 4002 }));
    expect((await ask('/export?user=nobody-here')).status).toBe(400);
    expect((await ask('/export?format=csv')).status).toBe(400);
  });

  it('is whole, for all who ask at once', async () => {
    const both = await Promise.all([read<Verdict>('/verify', 'POST'), read<Verdict>('/verify', 'POST')]);
    for (const { logs } of both) expect(logs).toMatchObject([{ relay: null, status: 'ok', from: 1, cut: 0 }]);
  });

  it('is broken, and where, once somebody has changed a record', async () => {
    const database = new DatabaseSync(auditFiles(world.dataDir).database);
    database.exec(`UPDATE audit SET payload = replace(payload, '"ann"', '"bob"') WHERE seq = 3`);
    database.close();
    expect((await read<Verdict>('/verify', 'POST')).logs).toMatchObject([{ relay: null, status: 'broken', seq: 3 }]);
  });
});
