import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { PostgresServer } from '../../test/support/start-postgres.ts';
import type { RelayVariant } from '../measure/relays-in-turns.ts';

const relay = 'r-bench';

async function decisionsIn(storage: string): Promise<number> {
  const client = new Client({ connectionString: storage });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT count(*)::int AS n FROM audit_record WHERE payload LIKE '{"type":"decision"%'`,
    );
    return Number((rows[0] as { readonly n: number }).n);
  } finally {
    await client.end();
  }
}

/** Relays whose records go to a PostgreSQL: behind the answers, or before them. */
export async function storageVariants(server: PostgresServer): Promise<readonly RelayVariant[]> {
  const [shipped, durable] = [await server.createDatabase(), await server.createDatabase()];
  return [
    {
      name: 'main-path-audit-shipping',
      configure: (config) => ({ ...config, storage: shipped, relay: { ...config.relay, id: relay } }),
      async check(_dataDir, requests) {
        // What is left when the relay stops goes after its next start.
        if ((await decisionsIn(shipped)) < requests * 0.9) throw new Error('Records weren’t sent as fast as they came');
      },
    },
    {
      name: 'main-path-audit-database',
      configure(config, dir) {
        const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
        writeFileSync(join(dir, 'audit-key.pem'), key, { mode: 0o600 });
        const audit = { durable: 'database', signing_key: 'audit-key.pem' } as const;
        return { ...config, storage: durable, relay: { ...config.relay, id: relay }, audit };
      },
      async check(_dataDir, requests) {
        if ((await decisionsIn(durable)) < requests) throw new Error('The relay didn’t record all requests');
      },
    },
  ];
}
