import { pino } from 'pino';
import { createAuditLog } from '../../../../relay/audit/create-audit-log.ts';
import { decision } from '../audit-records.ts';

/** Writes as fast as it can, cuts what is too old, and tells the parent of each record that is on disk. */
const [dataDir = '', keepDays = '', name = ''] = process.argv.slice(2);
const audit = await createAuditLog({
  dataDir,
  log: pino({ level: 'silent' }),
  keepDays: Number(keepDays),
  cutEveryMs: 30,
  checkpointEveryRecords: 200,
});
process.send?.('opened');
let count = 0;
for (;;) {
  const ids = Array.from({ length: 20 }, () => `${name}-${count++}`);
  await Promise.all(
    ids.map(
      (id) =>
        new Promise<void>((resolve, reject) => {
          audit.append(decision(id), (error) => (error === null ? resolve() : reject(error)));
        }),
    ),
  );
  process.send?.(ids);
}
