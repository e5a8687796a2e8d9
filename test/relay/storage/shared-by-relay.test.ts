import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relayIdOf } from '../../../relay/audit/relay-id.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';
import { asked, caller, writeAudit } from '../reports/audit-of.ts';

const main = fileURLToPath(new URL('../../../relay/start/main.ts', import.meta.url));

describe.runIf(postgresPrograms !== null)('a relay with a storage', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let folder: ConfigFolder;
  beforeAll(async () => {
    [server, folder] = await Promise.all([startPostgres(), openConfigFolder()]);
  });
  afterAll(async () => {
    await server.stop();
    await folder.close();
  });

  test.each([1, 2])(
    'brings its configs and counts there, also what it had before, in %i processes',
    async (workers) => {
      const address = await server.createDatabase();
      const dataDir = folder.file(`data-${workers}`);
      await writeAudit(dataDir, [asked(caller('alice'), 0), asked(caller('bob'), 1)]);
      const relay = `  listen: { port: 0 }\n  drain_seconds: 0\n  workers: ${workers}\n  data: data-${workers}`;
      const config = `${minimalConfig({ relay })}\nstorage: ${JSON.stringify(address)}\n`;
      const configPath = await folder.write(`relay-${workers}.yaml`, config);
      const child = spawn(process.execPath, [main, 'serve', '-c', configPath], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      try {
        const found = async (): Promise<readonly unknown[]> => {
          const client = new Client({ connectionString: address });
          await client.connect();
          try {
            const { rows } = await client.query(
              `SELECT event.relay, event.event, text NOT LIKE '%test-password%' AS is_redacted,
               (SELECT sum(requests)::int FROM usage_count WHERE usage_count.relay = event.relay) AS requests
             FROM revision_event AS event JOIN revision USING (hash)`,
            );
            return rows;
          } catch {
            // The tables aren't there yet.
            return [];
          } finally {
            await client.end();
          }
        };
        const expected = { relay: relayIdOf(dataDir, undefined), event: 'loaded', is_redacted: true, requests: 2 };
        const until = performance.now() + 60_000;
        while (JSON.stringify(await found()) !== JSON.stringify([expected]) && performance.now() < until)
          await wait(100);
        expect(await found()).toEqual([expected]);
      } finally {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    },
  );
});
