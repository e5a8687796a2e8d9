import { ExternalLink } from 'lucide-react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState, ProfileSnapshot } from '../../shared/snapshot.ts';
import { AccessKey } from '../components/access-key.tsx';
import { ApiSwitch } from '../components/api-switch.tsx';
import { Button } from '../components/button.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { LastRequests } from '../components/last-requests.tsx';
import { PermissionList } from '../components/permission-list.tsx';
import { PortField } from '../components/port-field.tsx';
import { ProblemCard } from '../components/problem-card.tsx';
import { PanelPart, SidePanel } from '../components/side-panel.tsx';
import { Snippets } from '../components/snippets.tsx';
import { Tile } from '../components/tile.tsx';
import { Traffic } from '../components/traffic.tsx';
import { useNow } from '../components/use-now.ts';
import { unlockText } from '../model/access-level.ts';
import { connectionOf } from '../model/current-profile.ts';
import { formatSpan } from '../model/format.ts';
import { selectApi } from '../store/app-store.ts';
import { command } from '../store/commands.ts';

/** One API: where it is, how to call it, what I may do, what it does right now. */
export function ApiPage({ profile, api, wide }: { profile: ProfileSnapshot; api: CatalogEntry; wide: boolean }) {
  const connection = connectionOf(profile, api.id);
  const port = profile.ports[api.id]?.port ?? api.suggestedPort ?? null;
  const locked = api.access === 'locked';
  const close = () => {
    selectApi(null);
    requestAnimationFrame(() => document.getElementById(`api-${api.id}`)?.focus());
  };
  return (
    <SidePanel title={api.name} wide={wide} backTo="APIs" onClose={close}>
      <div className={`flex items-center gap-3 ${wide ? 'pr-7' : ''}`}>
        <Tile id={api.id} name={api.name} locked={locked} />
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-lg font-semibold">{api.name}</h2>
          <Since connection={connection} profile={profile} locked={locked} />
        </div>
        {!locked && <ApiSwitch profileId={profile.id} api={api} connection={connection} />}
      </div>
      {api.description !== '' && <p className="text-mute">{api.description}</p>}
      {connection.status === 'failed' && <ProblemCard problem={connection.problem} />}
      {!locked && (
        <>
          <PanelPart title="Address">
            <Addresses api={api} connection={connection} port={port} />
            <PortField profile={profile} api={api} />
            <AccessKey profileId={profile.id} api={api.id} connection={connection} />
          </PanelPart>
          <ApiSnippets api={api} connection={connection} port={port} />
          {connection.status === 'on' && (
            <Button
              className="justify-self-start"
              onClick={() => command('api:open', { profileId: profile.id, api: api.id })}
            >
              <ExternalLink aria-hidden className="size-4" /> Open in browser
            </Button>
          )}
          {connection.status === 'on' && <Traffic api={api.id} connection={connection} />}
        </>
      )}
      <PanelPart title="What you may do">
        {locked && <p className="mb-1.5">{unlockText(api.unlockedBy)}.</p>}
        <PermissionList permissions={api.permissions} />
        {api.owner !== undefined && (
          <p className="mt-2 flex items-center gap-1 text-sm text-mute">
            Questions? Ask {api.owner} <CopyButton text={api.owner} label={`Copy the contact for ${api.name}`} />
          </p>
        )}
      </PanelPart>
      {!locked && <LastRequests api={api.id} />}
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
  const now = useNow(10_000);
  let text = locked ? 'Locked' : 'Not connected';
  if (connection.status === 'opening') text = 'Connecting';
  if (connection.status === 'failed') text = 'Couldn’t connect';
  if (connection.status === 'on') {
    text =
      profile.tunnel.status === 'open' && profile.signIn.status === 'signed-in'
        ? `Connected for ${formatSpan(now - connection.sinceMs)} via ${profile.relayName}`
        : 'Waiting for the relay';
  }
  return (
    <p className="truncate text-sm text-mute" title={text}>
      {text}
    </p>
  );
}

function ApiSnippets({
  api,
  connection,
  port,
}: {
  api: CatalogEntry;
  connection: ConnectionState;
  port: number | null;
}) {
  if (connection.status === 'on') return <Snippets api={api} address={connection.address} />;
  return port === null ? null : <Snippets api={api} address={`http://127.0.0.1:${port}`} />;
}

function Addresses({ api, connection, port }: { api: CatalogEntry; connection: ConnectionState; port: number | null }) {
  if (connection.status !== 'on') {
    return (
      <p className="text-sm text-mute">
        {port === null ? 'Connect to get an address.' : `Connect to use it at 127.0.0.1:${port}.`}
      </p>
    );
  }
  const addresses = [connection.address, ...(connection.gatewayAddress === null ? [] : [connection.gatewayAddress])];
  return (
    <ul className="grid gap-1.5">
      {addresses.map((address) => (
        <li
          key={address}
          className="flex h-[34px] items-center gap-2 rounded-lg border border-line bg-ground pr-1 pl-2.5 font-mono text-[12.5px]"
        >
          <span className="min-w-0 flex-1 truncate">{address}</span>
          <CopyButton text={address} label={`Copy ${address}`} />
          <span className="sr-only">of {api.name}</span>
        </li>
      ))}
    </ul>
  );
}
