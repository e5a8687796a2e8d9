import type { Anomaly } from '../../api/admin-api.ts';

const words: Readonly<Record<string, string>> = {
  'denial-burst': 'Many denials',
  'path-scan': 'Many paths tried',
  'first-use-of-api': 'First use of an API',
  'new-device': 'New device',
  'new-address': 'New address',
  'two-places': 'Two places at once',
  'refused-sign-ins': 'Sign-ins refused',
  'dormant-account': 'Back after a long time',
  'break-glass': 'Emergency access used',
};

/** A rule’s name as people read it. */
export function ruleWords(rule: string): string {
  return words[rule] ?? rule;
}

/** The findings that have all the words of a search. Pure. */
export function foundAnomalies(all: readonly Anomaly[], search: string): readonly Anomaly[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ rule, person, api, detail, remoteAddress, device }) => {
    const text = [ruleWords(rule), rule, person?.username, person?.subject, api, detail, remoteAddress, device];
    return wanted.every((word) => text.join(' ').toLowerCase().includes(word));
  });
}

/** Time around a finding, to look at the records then: an hour before to a quarter of an hour after. Pure. */
export function timeAround({ timeMs }: Pick<Anomaly, 'timeMs'>): { readonly since: string; readonly until: string } {
  return {
    since: new Date(timeMs - 3_600_000).toISOString(),
    until: new Date(timeMs + 900_000).toISOString(),
  };
}
