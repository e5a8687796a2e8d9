import { pino } from 'pino';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';

/** What the parent asks of this process, which exists to be given other rights and limits than the tests have. */
export type AppendRequest =
  | { readonly type: 'open'; readonly dataDir: string; readonly stallMs?: number }
  | { readonly type: 'append'; readonly record: AuditRecord };
export type AppendAnswer = { readonly code: string | null; readonly message: string; readonly healthy: boolean };

let audit: Awaited<ReturnType<typeof createAuditLog>> | undefined;

function answer(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  process.send?.({
    code,
    message: error instanceof Error ? error.message : '',
    healthy: audit?.healthy ?? false,
  } satisfies AppendAnswer);
}

process.on('message', (request: AppendRequest) => {
  if (request.type === 'append') audit?.append(request.record, answer);
  else {
    const { dataDir, stallMs } = request;
    const options = {
      dataDir,
      log: pino({ level: 'silent' }),
      retryEveryMs: 20,
      ...(stallMs === undefined ? {} : { stallMs }),
    };
    createAuditLog(options).then(
      (opened) => {
        audit = opened;
        answer(null);
      },
      (error: unknown) => answer(error),
    );
  }
});
process.on('disconnect', () => process.exit());
