import { useState } from 'react';
import type { Settings } from '../../shared/settings.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { PartTitle } from '../../ui/components/fact-list.tsx';
import { PortEditor } from '../components/port-editor.tsx';
import { PortList } from '../components/port-list.tsx';
import { RelayList } from '../components/relay-list.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { ScrollPage } from '../../ui/components/scroll-page.tsx';
import { Segmented } from '../../ui/components/segmented.tsx';
import { SettingRow } from '../../ui/components/setting-row.tsx';
import { Toggle } from '../../ui/components/toggle.tsx';
import { ask, command } from '../store/commands.ts';

const themes = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

const switches: readonly {
  key: 'keepRunningWhenClosed' | 'startAtLogin' | 'notifications';
  name: string;
  text: string;
}[] = [
  {
    key: 'keepRunningWhenClosed',
    name: 'Keep running when closed',
    text: 'Closing the window keeps your connections. The icon in the tray brings it back.',
  },
  {
    key: 'startAtLogin',
    name: 'Start at login',
    text: 'Your connections come back when you sign in to this computer.',
  },
  {
    key: 'notifications',
    name: 'Notifications',
    text: 'Only when you are needed, for example before your sign-in ends.',
  },
];

/** What the person can change about the app; each change holds at once. */
export function SettingsScreen({ snapshot, profile }: { snapshot: Snapshot; profile: ProfileSnapshot }) {
  const { settings } = snapshot;
  return (
    <ScrollPage>
      <ScreenHeader title="Settings">Changes hold at once.</ScreenHeader>
      <div className="grid grid-cols-1 gap-6">
        <section>
          <PartTitle>General</PartTitle>
          <div className="overflow-hidden rounded-xl border border-line bg-panel">
            <SettingRow name="Theme" text="System follows what your computer uses.">
              <Segmented
                label="Theme"
                value={settings.theme}
                options={themes}
                onChange={(theme) => change({ theme })}
              />
            </SettingRow>
            {switches.map(({ key, name, text }) => (
              <SettingRow key={key} name={name} text={text}>
                <Toggle label={name} checked={settings[key]} onChange={(on) => change({ [key]: on })} />
              </SettingRow>
            ))}
          </div>
        </section>
        <section>
          <PartTitle>Ports and names</PartTitle>
          <div className="overflow-hidden rounded-xl border border-line bg-panel">
            <GatewaySetting snapshot={snapshot} />
            <PortList profile={profile} />
          </div>
        </section>
        <section>
          <PartTitle>Relays</PartTitle>
          <RelayList snapshot={snapshot} />
        </section>
        <p className="text-sm text-faint">Causeway {snapshot.appVersion}</p>
      </div>
    </ScrollPage>
  );
}

function change(part: Partial<Settings>): void {
  command('settings:set', part);
}

function GatewaySetting({ snapshot: { settings, gateway } }: { snapshot: Snapshot }) {
  const [editing, setEditing] = useState(false);
  const problem = gateway.status === 'failed' ? `${gateway.problem.title}. ${gateway.problem.detail}` : null;
  return (
    <SettingRow
      name="Port for addresses by name"
      text={`All APIs share it, for example http://orders.localhost:${settings.gatewayPort}.`}
      problem={problem}
    >
      {editing ? (
        <PortEditor
          label="Port for addresses by name"
          port={settings.gatewayPort}
          onSave={(gatewayPort) => ask('settings:set', { gatewayPort })}
          onDone={() => setEditing(false)}
        />
      ) : (
        <span className="flex items-center gap-2">
          <span className="font-mono text-sm">{settings.gatewayPort}</span>
          <Button aria-label="Change the port for addresses by name" onClick={() => setEditing(true)}>
            Change
          </Button>
        </span>
      )}
    </SettingRow>
  );
}
