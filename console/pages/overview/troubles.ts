import type { Overview, Right } from '../../api/admin-api.ts';
import { hrefOf } from '../../route/place.ts';

/** Something that is wrong now, and the one thing to do about it. */
export interface Trouble {
  readonly id: string;
  readonly tone: 'bad' | 'warning' | 'info';
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
  readonly action: { readonly label: string; readonly href: string };
}

type OverviewProblem = Overview['problems'][number];

interface Way {
  readonly label: string;
  readonly right: Right;
  readonly href: string;
}

const relays: Way = { label: 'Look at the relay', right: 'see-relay', href: hrefOf('relays') };

/** Where each kind of problem is dealt with; the relay’s own page for all others. */
const ways: Readonly<Record<string, Way>> = {
  'access-requests-waiting': { label: 'Decide', right: 'read-people', href: hrefOf('access') },
  'anomalies-unacknowledged': { label: 'Look at them', right: 'read-usage', href: hrefOf('anomalies') },
  'emergency-sign-in': { label: 'Look at it', right: 'read-usage', href: hrefOf('anomalies') },
  'provider-unreachable': { label: 'See the providers', right: 'see-relay', href: hrefOf('settings') },
  'provider-keys-old': { label: 'See the providers', right: 'see-relay', href: hrefOf('settings') },
  'provider-clock-differs': {
    label: 'See the providers',
    right: 'see-relay',
    href: hrefOf('settings'),
  },
  'certificate-ended': {
    label: 'See the certificates',
    right: 'see-relay',
    href: hrefOf('settings'),
  },
  'certificate-ends-soon': {
    label: 'See the certificates',
    right: 'see-relay',
    href: hrefOf('settings'),
  },
  'sink-behind': { label: 'See the audit', right: 'read-audit', href: hrefOf('audit') },
};

const tones = { critical: 'bad', warning: 'warning', info: 'info' } as const;

/** What is wrong now, as the relay orders it, each with the page where it can be dealt with by these rights. Pure. */
export function troublesOf(problems: readonly OverviewProblem[], rights: readonly Right[]): readonly Trouble[] {
  return problems.map(({ code, about, severity, what, why, remedy }) => {
    const way = ways[code] ?? relays;
    const { label, href } = rights.includes(way.right) ? way : relays;
    return { id: `${code} ${about ?? ''} ${what}`, tone: tones[severity], what, why, remedy, action: { label, href } };
  });
}
