import type { SourcedLines } from './audit-source.ts';

/** One record, with its outcome, as a line of JSON: both as they were recorded. */
export function jsonLine({ relay, seq, record, outcome }: SourcedLines): string {
  return `{${relay === undefined ? '' : `"relay":"${relay}",`}"seq":${seq},"record":${record},"outcome":${outcome ?? 'null'}}\n`;
}
