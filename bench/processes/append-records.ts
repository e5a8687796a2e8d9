// Records requests in a folder with the audit log that a relay would have, 16 at once, in turns, and prints what one has taken
// as one line of JSON: {"p50Ms", "cpuMsPerRequest", "loopCpuMsPerRequest", "threads"}. CPU times are those of the turn that took
// least: other programs only add to it.
import { pino } from 'pino';
import type { AuditCaller } from '../../relay/audit/audit-record.ts';
import { createAuditLog } from '../../relay/audit/create-audit-log.ts';
import { newRequestId } from '../../relay/request/request-id.ts';
import { median } from '../figure.ts';

const { dataDir, turns, requestsATurn } = JSON.parse(process.argv[2] ?? '{}') as {
  dataDir: string;
  turns: number;
  requestsATurn: number;
};
/** As many as share a commit of a relay with 32 connections. */
const atOnce = 16;

const caller: AuditCaller = {
  issuer: 'https://idp.example',
  subject: '8f2c',
  username: 'alice',
  groups: ['developers', 'staff'],
  sessionId: 'session-7',
  device: 'laptop-7',
  remoteAddress: '10.0.0.7',
};

const audit = await createAuditLog({ dataDir, log: pino({ level: 'silent' }) });
const tookMs: number[] = [];

/** Records so many decisions at once, and their outcomes when all are durable. */
function recordSome(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const beganMs = performance.now();
  let open = atOnce;
  for (let index = 0; index < atOnce; index += 1) {
    const requestId = newRequestId();
    const timeMs = Date.now();
    const ended = (error: Error | null): void => {
      if (error !== null) return reject(error);
      audit.append(
        {
          type: 'outcome',
          requestId,
          timeMs: Date.now(),
          outcome: 'completed',
          status: 200,
          durationMs: Date.now() - timeMs,
          requestBytes: 0,
          responseBytes: 27,
          detail: null,
        },
        () => undefined,
      );
      open -= 1;
      if (open > 0) return;
      tookMs.push(performance.now() - beganMs);
      setImmediate(resolve);
    };
    audit.append(
      {
        type: 'decision',
        requestId,
        timeMs,
        caller,
        api: 'bench',
        method: 'GET',
        path: '/small',
        effect: 'allow',
        rule: 'developers',
        reason: 'Rule “developers” allows it.',
        policyRevision: '3f2a9c0b71de',
      },
      ended,
    );
  }
  return promise;
}

const cpuMs: number[] = [];
const loopCpuMs: number[] = [];
for (let turn = 0; turn < turns; turn += 1) {
  const [before, loopBefore] = [process.cpuUsage(), process.threadCpuUsage()];
  for (let requests = 0; requests < requestsATurn; requests += atOnce) await recordSome();
  const [all, loop] = [process.cpuUsage(before), process.threadCpuUsage(loopBefore)];
  cpuMs.push((all.user + all.system) / 1000 / requestsATurn);
  loopCpuMs.push((loop.user + loop.system) / 1000 / requestsATurn);
}
await audit.close();
console.log(
  JSON.stringify({
    p50Ms: median(tookMs),
    cpuMsPerRequest: Math.min(...cpuMs),
    loopCpuMsPerRequest: Math.min(...loopCpuMs),
  }),
);
