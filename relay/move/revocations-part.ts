import { openPostgresRevocations } from '../identity/postgres-revocations.ts';
import { openRevocationFile } from '../identity/stored-revocations.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { inPortions, type MovedPart } from './moved-part.ts';

/** Revocations that still count. */
export function revocationsPart(dataDir: string, postgres: PostgresConnection): MovedPart {
  const nowMs = Date.now();
  const local = openRevocationFile(dataDir);
  const marks = local.read(nowMs);
  local.close();
  const shared = openPostgresRevocations(postgres);
  return {
    name: 'revocations',
    count: marks.length,
    move: (didMove) => inPortions(marks, 500, didMove, (portion) => shared.write(portion)),
    async verify() {
      const there = new Map((await shared.read(nowMs)).map(({ name, atMs }) => [name, atMs]));
      return marks.filter(({ name, atMs }) => (there.get(name) ?? 0) >= Math.round(atMs)).length;
    },
  };
}
