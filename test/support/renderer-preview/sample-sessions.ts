import type { OwnSession } from '../../../shared/own-session.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** The sample profile's own session and two on other devices, one of them connected. */
export function sampleSessions(nowMs: number): readonly OwnSession[] {
  return [
    {
      id: 'sOwnOwnOwnOwnOw',
      current: true,
      device: { name: 'alice-laptop', system: 'Ubuntu 26.04', appVersion: '0.1.0' },
      sinceMs: nowMs - 120 * minute,
      lastUsedAtMs: nowMs - minute,
      addresses: ['198.51.100.23'],
      apis: ['orders', 'inventory'],
      openTunnels: 1,
      newDevice: false,
    },
    {
      id: 'sOldOldOldOldOl',
      current: false,
      device: { name: 'alice-phone', system: 'Windows 11', appVersion: '0.0.9' },
      sinceMs: nowMs - 41 * day,
      lastUsedAtMs: nowMs - 6 * day,
      addresses: ['203.0.113.9', '203.0.113.44', '2001:db8::7'],
      apis: [],
      openTunnels: 0,
      newDevice: false,
    },
    {
      id: 'sDeskDeskDeskDe',
      current: false,
      device: { name: 'alice-desktop', system: 'macOS, Darwin 25.1', appVersion: '0.1.0' },
      sinceMs: nowMs - 3 * day,
      lastUsedAtMs: nowMs - 4 * minute,
      addresses: ['198.51.100.23'],
      apis: ['orders', 'deployments', 'feature-flags', 'inventory', 'shipping-events', 'payroll'],
      openTunnels: 2,
      newDevice: false,
    },
  ];
}

/** The sample's sessions with two more sign-ins of the desktop computer, one of them named, and two earlier ones of this device. */
export function severalSignIns(nowMs: number): readonly OwnSession[] {
  const [own, phone, desktop] = sampleSessions(nowMs);
  if (own === undefined || phone === undefined || desktop === undefined) throw new Error('The sample has too few.');
  const ofOwn = { ...own, device: { ...own.device, id: 'dLaptop' } };
  const ofDesktop = { ...desktop, device: { ...desktop.device, id: 'dDesktop' } };
  const before = (session: OwnSession, id: string, days: number): OwnSession => ({
    ...session,
    id,
    current: false,
    sinceMs: session.sinceMs - days * day,
    lastUsedAtMs: session.lastUsedAtMs - days * day,
    openTunnels: 0,
  });
  return [
    ofOwn,
    before(ofOwn, 'sOwnBefore', 9),
    before(ofOwn, 'sOwnLong', 20),
    phone,
    ofDesktop,
    { ...before(ofDesktop, 'sDeskBefore', 7), addresses: ['203.0.113.80'], apis: ['crm'] },
    before(ofDesktop, 'sDeskLong', 30),
    // Called the same, and another device.
    { ...before(desktop, 'sDeskOther', 12), device: { ...desktop.device, id: 'dOther' } },
  ];
}

/** A session whose every text is as long as it may be. */
export function longSession(nowMs: number): OwnSession {
  const name = 'alice-workstation-in-the-long-corridor.workstations.emea.subsidiary.acme.example';
  return {
    id: 'sLongLongLongLo',
    current: false,
    device: {
      name: name.repeat(2),
      system: `Linux ${'6.12.8-generic-'.repeat(9)}`,
      appVersion: '10.20.30-nightly.20261129',
    },
    sinceMs: nowMs - 3 * day,
    lastUsedAtMs: nowMs - 4 * minute,
    addresses: ['2001:0db8:85a3:0000:0000:8a2e:0370:7334'],
    apis: [
      'crm-loyalty-reconciliation',
      'crm-loyalty-reconciliation-reporting-pipeline-for-the-nightly-settlement-runs',
    ],
    openTunnels: 1,
    newDevice: false,
  };
}
