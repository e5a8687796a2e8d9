import { useState } from 'react';
import { languages } from '../../shared/messages/language.ts';
import { lockOf } from '../../shared/managed/managed-settings.ts';
import { managedValue, nothingManaged } from '../../shared/managed/managed-state.ts';
import { sourceText } from '../../shared/managed/managed-text.ts';
import { text } from '../../shared/messages/text.ts';
import type { Settings } from '../../shared/settings.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { PartTitle } from '../../ui/components/fact-list.tsx';
import { AppUpdatePart } from '../components/app-update.tsx';
import { CommandOnPath } from '../components/command-on-path.tsx';
import { ManagedSettings } from '../components/managed-settings.tsx';
import { AppFiles } from '../components/app-files.tsx';
import { PortEditor } from '../components/port-editor.tsx';
import { PortList } from '../components/port-list.tsx';
import { RelayList } from '../components/relay-list.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { ScrollPage } from '../../ui/components/scroll-page.tsx';
import { Segmented } from '../../ui/components/segmented.tsx';
import { SettingRow } from '../../ui/components/setting-row.tsx';
import { Toggle } from '../../ui/components/toggle.tsx';
import { showScreen } from '../store/app-store.ts';
import { ask, command } from '../store/commands.ts';
import { problemInWords } from '../../shared/problem-words.ts';

const switches = ['keepRunningWhenClosed', 'startAtLogin', 'notifications'] as const;

/** What the person can change about the app; each change holds at once. */
export function SettingsScreen({ snapshot, profile }: { snapshot: Snapshot; profile: ProfileSnapshot }) {
  const { settings } = snapshot;
  const lock = lockWords(snapshot);
  const { managed = nothingManaged } = snapshot;
  const support = managedValue(managed, 'supportContact');
  return (
    <ScrollPage>
      <ScreenHeader title={text('settings.title')}>{text('settings.intro')}</ScreenHeader>
      <div className="grid grid-cols-1 gap-6">
        <section>
          <PartTitle>{text('settings.general')}</PartTitle>
          <div className="overflow-hidden rounded-xl border border-line bg-panel">
            <SettingRow name={text('settings.theme')} text={text('settings.theme.text')} managed={lock('theme')}>
              <Segmented
                disabled={lock('theme') !== null}
                label={text('settings.theme')}
                value={settings.theme}
                options={(['system', 'light', 'dark'] as const).map((value) => ({
                  value,
                  label: text(`settings.theme.${value}`),
                }))}
                onChange={(theme) => change({ theme })}
              />
            </SettingRow>
            <SettingRow
              name={text('settings.language')}
              text={text('settings.language.text')}
              managed={lock('language')}
            >
              <Segmented
                disabled={lock('language') !== null}
                id="language"
                label={text('settings.language')}
                value={settings.language}
                options={(['system', ...languages] as const).map((value) => ({
                  value,
                  label: text(`settings.language.${value}`),
                }))}
                onChange={(language) => change({ language })}
              />
            </SettingRow>
            {switches.map((key) => (
              <SettingRow
                key={key}
                name={text(`settings.${key}`)}
                text={text(`settings.${key}.text`)}
                managed={lock(key)}
              >
                <Toggle
                  disabled={lock(key) !== null}
                  label={text(`settings.${key}`)}
                  checked={settings[key]}
                  onChange={(on) => change({ [key]: on })}
                />
              </SettingRow>
            ))}
            <SettingRow
              name={text('settings.programs')}
              text={text('settings.programs.text')}
              managed={lock('otherPrograms')}
            >
              <Segmented
                disabled={lock('otherPrograms') !== null}
                label={text('settings.programs')}
                value={settings.otherPrograms}
                options={(['ask', 'allow', 'refuse'] as const).map((value) => ({
                  value,
                  label: text(`settings.programs.${value}`),
                }))}
                onChange={(otherPrograms) => change({ otherPrograms })}
              />
            </SettingRow>
            {snapshot.commandLink !== undefined && <CommandOnPath link={snapshot.commandLink} />}
            {(snapshot.proxyPasswords ?? []).map((proxy) => (
              <SettingRow key={proxy} name={text('proxy.kept', { proxy })} text={text('proxy.kept.text')}>
                <Button
                  aria-label={text('proxy.forget.of', { proxy })}
                  onClick={() => command('network:forget-proxy-password', { proxy })}
                >
                  {text('proxy.forget')}
                </Button>
              </SettingRow>
            ))}
          </div>
        </section>
        {snapshot.appUpdate !== undefined && <AppUpdatePart update={snapshot.appUpdate} />}
        <section>
          <PartTitle>{text('settings.ports')}</PartTitle>
          <div className="overflow-hidden rounded-xl border border-line bg-panel">
            <GatewaySetting snapshot={snapshot} />
            <PortList profile={profile} />
          </div>
        </section>
        <section>
          <PartTitle>{text('settings.relays')}</PartTitle>
          <RelayList snapshot={snapshot} />
        </section>
        <section>
          <PartTitle>{text('diagnostics.title')}</PartTitle>
          <div className="overflow-hidden rounded-xl border border-line bg-panel">
            <SettingRow name={text('problem-action.diagnose')} text={text('diagnostics.setting.text')}>
              <Button onClick={() => showScreen('diagnostics')}>{text('diagnostics.open')}</Button>
            </SettingRow>
            {support !== undefined && (
              <SettingRow name={text('managed.support')} text={text('managed.support.text')}>
                <span className="min-w-0 break-words select-text">{support}</span>
              </SettingRow>
            )}
            {snapshot.files !== undefined && <AppFiles files={snapshot.files} />}
          </div>
        </section>
        <ManagedSettings managed={managed} />
        <p className="text-sm text-faint">
          {text('settings.version', { version: snapshot.appVersion })}
          {snapshot.signature === 'unsigned' && ` · ${text('settings.unsigned')}`}
        </p>
      </div>
    </ScrollPage>
  );
}

/** Who has set a setting, in words; null where the person may change it. */
function lockWords({ managed = nothingManaged }: Snapshot): (setting: keyof Settings) => string | null {
  return (setting) => {
    const source = lockOf(managed, setting);
    return source === null ? null : sourceText(source);
  };
}

function change(part: Partial<Settings>): void {
  command('settings:set', part);
}

function GatewaySetting({ snapshot }: { snapshot: Snapshot }) {
  const { settings, gateway } = snapshot;
  const lock = lockWords(snapshot)('gatewayPort');
  const [editing, setEditing] = useState(false);
  const problem =
    gateway.status === 'failed'
      ? text('settings.gateway.problem', {
          title: problemInWords(gateway.problem).title,
          detail: gateway.problem.detail,
        })
      : null;
  return (
    <SettingRow
      name={text('settings.gateway')}
      text={text('settings.gateway.text', { address: `http://orders.localhost:${settings.gatewayPort}` })}
      problem={problem}
      managed={lock}
    >
      {editing && lock === null ? (
        <PortEditor
          label={text('settings.gateway')}
          port={settings.gatewayPort}
          onSave={(gatewayPort) => ask('settings:set', { gatewayPort })}
          onDone={() => setEditing(false)}
        />
      ) : (
        <span className="flex items-center gap-2">
          <span className="font-mono text-sm">{settings.gatewayPort}</span>
          {lock === null && (
            <Button aria-label={text('settings.gateway.change')} onClick={() => setEditing(true)}>
              {text('settings.change')}
            </Button>
          )}
        </span>
      )}
    </SettingRow>
  );
}
