import type { Relay } from '../../api/admin-api.ts';
import { hrefOf } from '../../route/place.ts';

/** Something that is wrong now, and the one thing to do about it. */
export interface Trouble {
  readonly id: string;
  readonly tone: 'bad' | 'warning';
  readonly title: string;
  readonly text: string;
  readonly action: { readonly label: string; readonly href: string };
}

/** What is wrong with the relay, worst first. Pure. */
export function troublesOf({ auditHealthy, problems, ready }: Relay): readonly Trouble[] {
  const look = { label: 'Look at the relay', href: hrefOf('relays') };
  const audit: Trouble = {
    id: 'audit',
    tone: 'bad',
    title: 'The audit can’t be written',
    text: 'Requests are refused until it can: look at the disk of relay.data, or at the database.',
    action: look,
  };
  const causes = problems.map((problem): Trouble => ({
    id: problem,
    tone: ready ? 'warning' : 'bad',
    title: problem,
    text: ready ? 'The relay serves requests meanwhile.' : 'The relay isn’t ready until this is over.',
    action: look,
  }));
  return auditHealthy ? causes : [audit, ...causes];
}
