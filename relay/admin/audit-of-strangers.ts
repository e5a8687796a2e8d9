import type { AuditLog } from '../audit/audit-record.ts';
import { othersWords, recordSeldom, type SeldomRecords } from '../audit/record-seldom.ts';
import { networkOf } from '../config/values/address-network.ts';

/** The audit for refusals of callers whom nobody knows: they are recorded, but not as often as strangers like. */
export interface AuditOfStrangers {
  /** Of those who show nothing, or nothing that could be anybody’s. */
  readonly ofNobody: AuditLog;
  /** Of those who show a token that isn’t accepted; often enough to be found as an anomaly. */
  readonly ofTokens: AuditLog;
}

/** Bounds the records by network (of IPv6 by /64) and kind of refusal; each says how many it stands for. */
export function auditOfStrangers(audit: AuditLog, now: () => number = Date.now): AuditOfStrangers {
  return {
    ofNobody: bounded(audit, recordSeldom(now)),
    ofTokens: bounded(audit, recordSeldom(now, { ofOneKey: 30, ofAll: 300 })),
  };
}

function bounded(audit: AuditLog, seldom: SeldomRecords): AuditLog {
  return {
    append(record, done) {
      if (record.type !== 'authentication-refused') {
        audit.append(record, done);
        return;
      }
      const told = seldom.ask(`${record.code}\n${networkOf(record.remoteAddress)}`);
      if (told === null) done(null);
      else audit.append({ ...record, detail: `${record.detail}${othersWords(told.leftOut)}` }, done);
    },
    get healthy() {
      return audit.healthy;
    },
    close: () => audit.close(),
  };
}
