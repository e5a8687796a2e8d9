import { hostname } from 'node:os';
import { leastForm, shorterForms } from './shorten-record.ts';
import type { ShippedRecord } from './sink-target.ts';

/** What stands in each message besides its record. */
export interface SyslogHeader {
  readonly log: string;
  readonly facility: number;
  /** Private enterprise number of the structured data’s name (RFC 5424 §7.2.2). */
  readonly enterpriseNumber: number;
  readonly maxMessageBytes: number;
}

type Fields = Readonly<Record<string, unknown>>;

const severities = { error: 3, warning: 4, notice: 5, informational: 6 } as const;
const host =
  hostname()
    .replaceAll(/[^!-~]/g, '')
    .slice(0, 255) || '-';

/** One record as an RFC 5424 message, at most `maxMessageBytes` long; one that was shortened says so. */
export function syslogMessage({ seq, payload }: ShippedRecord, header: SyslogHeader): string {
  const record = JSON.parse(payload) as Fields;
  const priority = header.facility * 8 + severityOf(record);
  const time = new Date(Number(record['timeMs'])).toISOString();
  const head = `<${priority}>1 ${time} ${host} causeway-relay - ${String(record['type']).slice(0, 32)}`;
  const whole = `${head} ${structuredData(header, seq, record)} {"log":"${header.log}","seq":${seq},"record":${payload}}`;
  if (Buffer.byteLength(whole) <= header.maxMessageBytes) return whole;
  for (const short of shorterForms(record)) {
    const message = `${head} ${structuredData(header, seq, short)} ${inJson(header, seq, short)}`;
    if (Buffer.byteLength(message) <= header.maxMessageBytes) return message;
  }
  return `${head} ${structuredData(header, seq, {})} ${inJson(header, seq, leastForm(record))}`;
}

function inJson({ log }: SyslogHeader, seq: number, record: Fields): string {
  return JSON.stringify({ log, seq, shortened: true, record });
}

/** Octet counting (RFC 5425 §4.3), so that no record can begin another message. */
export function syslogFrame(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`;
}

function severityOf({ type, effect, event }: Fields): number {
  if (type === 'authentication-refused' || type === 'anomaly') return severities.warning;
  if (effect === 'deny') return severities.notice;
  if (event === 'break-glass-sign-in') return severities.error;
  return event === 'audit-recovered' || event === 'policy-refused' ? severities.error : severities.informational;
}

function structuredData(header: SyslogHeader, seq: number, record: Fields): string {
  const caller = (record['caller'] ?? record['requester'] ?? record['person'] ?? {}) as Fields;
  const { requestId, event, act, api, method, path, effect, rule, status, code } = record;
  const user = caller['username'];
  const remoteAddress = caller['remoteAddress'] ?? record['remoteAddress'];
  const values = {
    log: header.log,
    seq,
    requestId,
    event,
    act,
    user,
    remoteAddress,
    api,
    method,
    path,
    effect,
    rule,
    status,
    code,
  };
  const parameters = Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'number' || (typeof value === 'string' && value !== '')
      ? [`${name}="${escaped(String(value))}"`]
      : [],
  );
  return `[causeway@${header.enterpriseNumber} ${parameters.join(' ')}]`;
}

/** RFC 5424 §6.3.3. What steers terminals or begins a line, which it leaves to receivers, becomes spaces. */
function escaped(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .replaceAll(/["\\\]]/g, '\\$&');
}
