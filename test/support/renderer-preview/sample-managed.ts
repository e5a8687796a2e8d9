import { settingsInForce } from '../../../shared/managed/managed-settings.ts';
import type { ManagedState } from '../../../shared/managed/managed-state.ts';
import type { Settings } from '../../../shared/settings.ts';

const place = '/etc/causeway/policy.json';

/** What IT has set on a computer, and what it has got wrong there. */
export function sampleManaged(chosen: Settings): { readonly managed: ManagedState; readonly settings: Settings } {
  const source = { scope: 'machine', place } as const;
  const managed: ManagedState = {
    values: {
      relays: { value: ['https://relay.acme.example'], source },
      allowedRelaysOnly: { value: true, source },
      lockedSettings: { value: ['theme'], source: { scope: 'machine', place: '/etc/causeway/policy.d/20-desk.json' } },
      ports: { value: { orders: 7101, inventory: 7102 }, source },
      gatewayPort: { value: 7100, source },
      startAtLogin: { value: true, source },
      otherPrograms: { value: 'refuse', source: { scope: 'user', place: 'HKCU\\Software\\Policies\\Causeway' } },
      signOutOnLock: { value: true, source },
      supportContact: { value: 'Service desk, 4711, help@acme.example', source },
      telemetry: { value: 'none', source },
    },
    problems: [
      { place, fault: 'unknown-key', key: 'startAtLogn', nearest: 'startAtLogin' },
      { place, fault: 'value', key: 'ports', at: 'ports.billing' },
      {
        place: '/etc/causeway/policy.d/30.json',
        fault: 'unsafe',
        path: '/etc/causeway/policy.d/30.json',
        reason: 'writable',
      },
    ],
  };
  return { managed, settings: settingsInForce(chosen, managed) };
}
