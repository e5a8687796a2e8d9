import { Gauge, type LucideIcon, ScrollText, Server, TriangleAlert, Users } from 'lucide-react';
import { type ComponentType, lazy } from 'react';
import type { Right } from '../api/admin-api.ts';

/** One page of the console, in the order of the sidebar. Its code is loaded when it is opened. */
export interface ConsolePage {
  readonly id: string;
  readonly name: string;
  readonly icon: LucideIcon;
  /** Without it the page isn’t offered. */
  readonly right: Right;
  readonly Page: ComponentType;
}

export const pages: readonly ConsolePage[] = [
  {
    id: 'overview',
    name: 'Overview',
    icon: Gauge,
    right: 'see-relay',
    Page: lazy(() => import('./overview/overview-page.tsx').then(({ OverviewPage }) => ({ default: OverviewPage }))),
  },
  {
    id: 'people',
    name: 'People',
    icon: Users,
    right: 'read-people',
    Page: lazy(() => import('./people/people-page.tsx').then(({ PeoplePage }) => ({ default: PeoplePage }))),
  },
  {
    id: 'audit',
    name: 'Audit',
    icon: ScrollText,
    right: 'read-audit',
    Page: lazy(() => import('./audit/audit-page.tsx').then(({ AuditPage }) => ({ default: AuditPage }))),
  },
  {
    id: 'anomalies',
    name: 'Anomalies',
    icon: TriangleAlert,
    right: 'read-usage',
    Page: lazy(() =>
      import('./anomalies/anomalies-page.tsx').then(({ AnomaliesPage }) => ({ default: AnomaliesPage })),
    ),
  },
  {
    id: 'relays',
    name: 'Relays',
    icon: Server,
    right: 'see-relay',
    Page: lazy(() => import('./relays/relays-page.tsx').then(({ RelaysPage }) => ({ default: RelaysPage }))),
  },
];

/** The page of a name; the first one for the root of the console. */
export function pageOf(id: string): ConsolePage | undefined {
  return pages.find((page) => page.id === (id === '' ? 'overview' : id));
}
