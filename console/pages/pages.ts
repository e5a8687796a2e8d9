import {
  Boxes,
  Gauge,
  KeyRound,
  type LucideIcon,
  Scale,
  ScrollText,
  Server,
  Settings,
  TriangleAlert,
  Users,
} from 'lucide-react';
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
    id: 'apis',
    name: 'APIs',
    icon: Boxes,
    right: 'read-usage',
    Page: lazy(() => import('./apis/apis-page.tsx').then(({ ApisPage }) => ({ default: ApisPage }))),
  },
  {
    id: 'access',
    name: 'Access',
    icon: KeyRound,
    right: 'read-people',
    Page: lazy(() => import('./access/access-page.tsx').then(({ AccessPage }) => ({ default: AccessPage }))),
  },
  {
    id: 'audit',
    name: 'Audit',
    icon: ScrollText,
    right: 'read-audit',
    Page: lazy(() => import('./audit/audit-page.tsx').then(({ AuditPage }) => ({ default: AuditPage }))),
  },
  {
    id: 'policy',
    name: 'Policy',
    icon: Scale,
    right: 'read-policy',
    Page: lazy(() => import('./policy/policy-page.tsx').then(({ PolicyPage }) => ({ default: PolicyPage }))),
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
  {
    id: 'settings',
    name: 'Settings',
    icon: Settings,
    right: 'see-relay',
    Page: lazy(() => import('./settings/settings-page.tsx').then(({ SettingsPage }) => ({ default: SettingsPage }))),
  },
];

/** The page of a name; the first one for the root of the console. */
export function pageOf(id: string): ConsolePage | undefined {
  return pages.find((page) => page.id === (id === '' ? 'overview' : id));
}
