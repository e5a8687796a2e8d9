import { sql } from 'kysely';
import { AccessError } from '../../shared/errors.ts';
import { type AuditReader, openAuditReader } from '../sinks/audit-reader.ts';
import { createPostgresTarget } from '../sinks/postgres-target.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { MovedPart, MovePlace } from './moved-part.ts';

const recordsAtOnce = 8000;
const statementMs = 60_000;

/** The audit, with its checkpoints: shipped as a relay ships it that shares the storage. */
export function auditPart({ dataDir, postgres: storage, relay }: MovePlace, postgres: PostgresConnection): MovedPart {
  const { first, last } = reading(dataDir, (reader) => reader.range());
  const count = last === 0 ? 0 : last - first + 1;
  return {
    name: 'audit records',
    count,
    async move(didMove) {
      const reader = openAuditReader(dataDir);
      const target = createPostgresTarget({ kind: 'postgres', relay, storage }, reader, statementMs);
      try {
        for (let seq = Math.max(0, first - 1); ;) {
          const end = Math.min(last, seq + recordsAtOnce);
          if (end <= seq) break;
          const batch = {
            id: `move_${reader.log}_${seq + 1}_${end}`,
            log: reader.log,
            records: [],
            after: seq,
            upTo: end,
          };
          const delivery = await target.send(batch, new AbortController().signal);
          if (delivery.status !== 'delivered' && delivery.status !== 'moved')
            throw new AccessError('shared-state-unavailable', `The audit can’t be brought there: ${delivery.reason}.`);
          seq = delivery.status === 'moved' ? delivery.seq : end;
          didMove(Math.max(0, seq - first + 1));
        }
        await target.didCatchUp?.();
      } finally {
        await target.close();
        reader.close();
      }
    },
    verify: () =>
      postgres.run(async (database) => {
        const { rows } = await sql<{ there: string }>`SELECT count(*) AS there FROM audit_record
          WHERE relay = ${relay} AND seq BETWEEN ${first} AND ${last}`.execute(database);
        return Number(rows[0]?.there);
      }),
  };
}

function reading<Result>(dataDir: string, read: (reader: AuditReader) => Result): Result {
  const reader = openAuditReader(dataDir);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}
