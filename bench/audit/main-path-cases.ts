import { openForReading } from '../../relay/audit/open-audit.ts';
import type { Bench } from '../figure.ts';
import { relaysInTurns, type RelayVariant } from '../measure/relays-in-turns.ts';
import { replacedAuditLog } from './replaced-audit-log.ts';

function decisionsIn(dataDir: string): number {
  const database = openForReading(dataDir);
  try {
    const row = database.prepare(`SELECT count(*) AS n FROM audit WHERE payload LIKE '{"type":"decision"%'`).get();
    return Number(row?.['n']);
  } finally {
    database.close();
  }
}

const variants: readonly RelayVariant[] = [
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

/** The same requests without and with their durable records, on 32 connections and on one. */
export const mainPathCases: Bench = (options) => relaysInTurns('audit', variants, options, [32, 1]);
