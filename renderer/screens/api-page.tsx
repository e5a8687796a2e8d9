import { ExternalLink } from 'lucide-react';
import { useState } from 'react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState, ProfileSnapshot } from '../../shared/snapshot.ts';
import { Addresses } from '../components/addresses.tsx';
import { ApiSwitch } from '../components/api-switch.tsx';
import { Button } from '../../ui/components/button.tsx';
import { CopyButton, CopyTextButton } from '../../ui/components/copy-button.tsx';
import { LastRequests } from '../components/last-requests.tsx';
import { LockCard } from '../components/lock-card.tsx';
import { Limits } from '../components/limits.tsx';
import { PermissionList } from '../components/permission-list.tsx';
import { PortField } from '../components/port-field.tsx';
import { ProblemCard } from '../components/problem-card.tsx';
import { Protection } from '../components/protection.tsx';
import { PanelGroup, PanelPart, SidePanel } from '../../ui/components/side-panel.tsx';
import { Snippets } from '../components/snippets.tsx';
import { StepUpCard } from '../components/step-up-card.tsx';
import { Tile } from '../../ui/components/tile.tsx';
import { Traffic } from '../components/traffic.tsx';
import { Trends } from '../components/trends.tsx';
import { TunnelNote } from '../components/tunnel-note.tsx';
import { UnlockPart } from '../components/unlock-part.tsx';
import { useFreshLimits } from '../components/use-fresh-limits.ts';
import { useNow } from '../../ui/components/use-now.ts';
import { connectionOf, waitsFor } from '../model/current-profile.ts';
import { formatSpan } from '../../ui/model/format.ts';
import { selectApi } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { connectAndCopy } from '../store/connect-and-copy.ts';
import { EnvironmentBadge } from '../../ui/components/environment-badge.tsx';
import { text } from '../../shared/messages/text.ts';

/** One API: where it is, how to call it, what I may do, what it does right now. */
export function ApiPage({ profile, api, wide }: { profile: ProfileSnapshot; api: CatalogEntry; wide: boolean }) {
  const connection = connectionOf(profile, api.id);
  const port = profile.ports[api.id]?.port ?? api.suggestedPort ?? null;
  const locked = api.access === 'locked';
  const [editingPort, setEditingPort] = useState(false);
  useFreshLimits(profile, api);
  const close = () => {
    selectApi(null);
    requestAnimationFrame(() => document.getElementById(`api-${api.id}`)?.focus());
  };
  return (
    <SidePanel title={api.name} wide={wide} backTo={text('apis.title')} onClose={close}>
      <div className={`flex items-center gap-3 ${wide ? 'pe-7' : ''}`}>
        <Tile id={api.id} name={api.name} look={api.look} locked={locked || api.lock !== undefined} />
        <div className="min-w-0 flex-1">
          <div className="flex flex-wrap items-center gap-x-2">
            <h2 className="line-clamp-2 text-lg leading-snug font-semibold break-words" title={api.name}>
              {api.name}
            </h2>
            <EnvironmentBadge environment={api.look?.environment} />
          </div>
          <Since connection={connection} profile={profile} locked={locked} />
        </div>
        {!locked && <ApiSwitch profileId={profile.id} api={api} connection={connection} />}
      </div>
      {api.description !== '' && <p className="break-words text-mute">{api.description}</p>}
      {api.lock !== undefined && <LockCard api={api} lock={api.lock} />}
      {connection.status === 'failed' && (
        <ProblemCard problem={connection.problem}>
          {connection.problem.code === 'port-taken' ? (
            <Button onClick={() => setEditingPort(true)}>{text('api.choose-port')}</Button>
          ) : (
            <Button onClick={() => command('api:connect', { profileId: profile.id, api: api.id })}>
              {text('app.try-again')}
            </Button>
          )}
        </ProblemCard>
      )}
      {connection.status === 'on' && <TunnelNote profile={profile} />}
      {locked ? (
        <UnlockPart profile={profile} api={api} />
      ) : (
        <>
          <PanelGroup title={text('api.use')}>
            <MainAction profileId={profile.id} api={api} connection={connection} />
            <StepUpCard profile={profile} api={api} />
            <PanelPart title={text('api.address')}>
              <Addresses profileId={profile.id} api={api} connection={connection} port={port} />
              <PortField profile={profile} api={api} editing={editingPort} onEditing={setEditingPort} />
            </PanelPart>
            <Snippets profileId={profile.id} api={api} connection={connection} port={port} />
          </PanelGroup>
          <PanelGroup title={text('api.activity')}>
            <LastRequests api={api.id} />
            <Trends api={api.id} />
            {connection.status === 'on' && <Traffic api={api.id} connection={connection} />}
          </PanelGroup>
        </>
      )}
      <PanelGroup title={text('api.access')}>
        <PanelPart title={text(locked ? 'access.not-allowed' : 'access.allowed')}>
          <PermissionList permissions={api.permissions} />
          {api.owner !== undefined && (
            <p className="mt-2 flex items-center gap-1 text-sm text-mute">
              <span className="min-w-0 break-words">{text('api.questions', { owner: api.owner })}</span>
              <CopyButton text={api.owner} label={text('access.copy-owner', { api: api.name })} />
            </p>
          )}
        </PanelPart>
        {!locked && <Limits api={api} />}
        {!locked && <UnlockPart profile={profile} api={api} />}
        <Protection profileId={profile.id} api={api} connection={connection} />
      </PanelGroup>
    </SidePanel>
  );
}

function Since({
  connection,
  profile,
  locked,
}: {
  connection: ConnectionState;
  profile: ProfileSnapshot;
  locked: boolean;
}) {
  const now = useNow();
  const said = sinceText(connection, profile, locked, now);
  return (
    <p className="line-clamp-2 text-sm leading-snug break-words text-mute" title={said}>
      {said}
    </p>
  );
}

function sinceText(connection: ConnectionState, profile: ProfileSnapshot, locked: boolean, nowMs: number): string {
  if (connection.status === 'opening' || connection.status === 'failed') return text(`api.${connection.status}`);
  if (connection.status === 'off') return locked ? text('api.locked') : text('api.off');
  const missing = waitsFor(profile);
  if (missing !== null) return text('api.waiting-for', { awaited: missing });
  return text('api.on', { span: formatSpan(nowMs - connection.sinceMs), relay: profile.relayName });
}

/** The one thing that most people came for: the address in the clipboard, with the API on. */
function MainAction({
  profileId,
  api,
  connection,
}: {
  profileId: string;
  api: CatalogEntry;
  connection: ConnectionState;
}) {
  const isOn = connection.status === 'on';
  return (
    <div className="flex flex-wrap gap-2">
      <CopyTextButton
        look="primary"
        text={isOn ? connection.address : ''}
        label={text(isOn ? 'api.copy-address' : 'api.connect-and-copy')}
        copyText={async () => (await connectAndCopy(profileId, api.id)) !== null}
      />
      {isOn && (
        <Button onClick={() => command('api:open', { profileId, api: api.id })}>
          <ExternalLink aria-hidden className="size-4" /> {text('api.open')}
        </Button>
      )}
    </div>
  );
}
