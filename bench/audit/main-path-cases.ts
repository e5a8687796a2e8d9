import { openForReading } from '../../relay/audit/open-audit.ts';
import type { Bench } from '../figure.ts';
import { relaysInTurns, type RelayVariant } from '../measure/relays-in-turns.ts';
import { postgresPrograms, startPostgres } from '../../test/support/start-postgres.ts';
import { replacedAuditLog } from './replaced-audit-log.ts';
import { storageVariants } from './storage-variants.ts';

function decisionsIn(dataDir: string): number {
  const database = openForReading(dataDir);
  try {
    const row = database.prepare(`SELECT count(*) AS n FROM audit WHERE payload LIKE '{"type":"decision"%'`).get();
    return Number(row?.['n']);
  } finally {
    database.close();
  }
}

/** A relay that records no request, and one that makes each record durable before it answers. */
export const auditVariants: readonly RelayVariant[] = [
  {
    name: 'main-path-audit-off',
    execArgv: replacedAuditLog('unrecorded-requests'),
    check(dataDir) {
      if (decisionsIn(dataDir) > 0) throw new Error('The relay without an audit recorded requests');
    },
  },
  {
    name: 'main-path-audit-on',
    check(dataDir, requests) {
      if (decisionsIn(dataDir) < requests) throw new Error('The relay didn’t record all requests');
    },
  },
];

/**
 * The same requests without and with their durable records, on 32 connections and on one; where there is a PostgreSQL, also
 * with records that are sent there, and with answers that wait for it.
 */
export const mainPathCases: Bench = async (options) => {
  if (postgresPrograms === null) {
    options.say(
      'Without main-path-audit-shipping and main-path-audit-database: there is no PostgreSQL on this machine.',
    );
    return relaysInTurns('audit', auditVariants, options, [32, 1]);
  }
  // Tests needn't wait for the disk; a measurement must.
  const server = await startPostgres({ settings: ['fsync = on', 'shared_buffers = 128MB', 'max_wal_size = 2GB'] });
  try {
    return await relaysInTurns('audit', [...auditVariants, ...(await storageVariants(server))], options, [32, 1]);
  } finally {
    await server.stop();
  }
};
