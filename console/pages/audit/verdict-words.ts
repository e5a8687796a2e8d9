import type { AuditVerdict } from '../../api/admin-api.ts';

/** What verification found of one log, in words. Pure. */
export function verdictWords(log: AuditVerdict['logs'][number]): {
  readonly title: string;
  readonly text: string;
  readonly isWhole: boolean;
} {
  const whose = log.relay === null ? 'The log of this relay' : `The log of ${log.relay} in the storage`;
  if (log.status === 'broken')
    return {
      title: `${whose} is broken at record ${log.seq.toLocaleString('en')}`,
      text: `${log.reason} Keep the files as they are and follow “relay taken over” in docs/operate.md.`,
      isWhole: false,
    };
  const count = (value: number): string => value.toLocaleString('en');
  const unsigned = log.records - log.signedUpTo;
  const parts = [
    `${count(log.records)} records agree with ${count(log.checkpoints)} checkpoints.`,
    log.cut > 0 ? `Records 1 to ${count(log.cut)} were cut because of their age.` : '',
    unsigned > 0 ? `The last ${count(unsigned)} will be signed within 10 seconds.` : '',
  ];
  return { title: `${whose} is whole`, text: parts.filter((part) => part !== '').join(' '), isWhole: true };
}
