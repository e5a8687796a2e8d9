import { formatAbsolute } from '../../../ui/model/format.ts';
import type { WhatIf } from '../../api/admin-api.ts';

export type WhatIfChange = WhatIf['changes'][number];

const changeWords = { lost: 'loses', gained: 'gains', uncertain: 'may change' } as const;

/** What happens to whom. Pure. */
export function changeWord({ change }: Pick<WhatIfChange, 'change'>): string {
  return changeWords[change];
}

/** All of it in one sentence. Pure. */
export function totalSentence({ totals, scope }: Pick<WhatIf, 'totals' | 'scope'>): string {
  const people = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'person' : 'people'}`;
  const requests = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'request' : 'requests'}`;
  const parts = (['lost', 'gained', 'uncertain'] as const).flatMap((change) => {
    const { people: who, requests: what } = totals[change];
    if (what === 0) return [];
    const verb = { lost: 'would lose', gained: 'would gain', uncertain: 'may lose or gain' }[change];
    return [`${people(who)} ${verb} ${requests(what)}`];
  });
  const looked = `${scope.decisions.toLocaleString('en')} decided requests were looked at.`;
  return parts.length === 0 ? `Nothing would change. ${looked}` : `${parts.join('; ')}. ${looked}`;
}

/** Why the answer doesn’t reach as far back as was asked; null when it does. Pure. */
export function shortOf({ stoppedBy, reachedMs }: WhatIf['scope']): string | null {
  const since = reachedMs === null ? '' : ` It reaches back to ${formatAbsolute(reachedMs)}.`;
  switch (stoppedBy) {
    case null:
      return null;
    case 'time':
      return `There was no time for more.${since} Ask for fewer days.`;
    case 'records':
      return `There are more records than were to be looked at.${since}`;
    case 'audit-begins':
      return `The audit begins there.${since}`;
  }
}
