import { Pin } from 'lucide-react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import { managedValue, nothingManaged } from '../../shared/managed/managed-state.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { useApp } from '../store/app-store.ts';
import { ask, command } from '../store/commands.ts';
import { Button } from '../../ui/components/button.tsx';
import { PortEditor } from './port-editor.tsx';
import { text } from '../../shared/messages/text.ts';

export interface PortFieldProps {
  readonly profile: ProfileSnapshot;
  readonly api: CatalogEntry;
  readonly editing: boolean;
  readonly onEditing: (editing: boolean) => void;
  /** In a row that has its own spacing and says already that ports stay. */
  readonly inRow?: boolean;
}

/** The API's own port: shown, and on request changed and pinned. */
export function PortField({ profile, api, editing, onEditing, inRow = false }: PortFieldProps) {
  const entry = profile.ports[api.id];
  const port = entry?.port ?? api.suggestedPort;
  const pinned = entry?.pinned ?? false;
  const target = { profileId: profile.id, api: api.id };
  const managed = useApp(({ snapshot }) => snapshot?.managed) ?? nothingManaged;
  const isManaged = Object.hasOwn(managedValue(managed, 'ports') ?? {}, api.id);
  if (editing && !isManaged) {
    return (
      <div className={inRow ? '' : 'mt-2'}>
        <PortEditor
          label={text('settings.port-of', { api: api.name })}
          port={port}
          onSave={(next) => ask('api:set-port', { ...target, port: next })}
          onDone={() => onEditing(false)}
        >
          {pinned && (
            <Button
              onClick={() => {
                command('api:set-port', { ...target, port: null });
                onEditing(false);
              }}
            >
              {text('settings.unpin')}
            </Button>
          )}
        </PortEditor>
      </div>
    );
  }
  return (
    <p className={`flex items-center gap-1.5 text-sm text-mute ${inRow ? (isManaged ? '' : '-me-1.5') : 'mt-1.5'}`}>
      {pinned && <Pin aria-hidden className="size-3.5" />}
      {isManaged ? text('settings.port.managed', { port: String(port) }) : portText(port, pinned, inRow)}
      {!isManaged && (
        <Button
          look="quiet"
          className="h-6 px-1.5"
          aria-label={text('settings.port.change', { api: api.name })}
          onClick={() => onEditing(true)}
        >
          {text('settings.change')}
        </Button>
      )}
    </p>
  );
}

function portText(port: number | undefined, pinned: boolean, inRow: boolean): string {
  if (port === undefined) return text('settings.port.none');
  const kind = pinned ? 'pinned' : inRow ? 'plain' : 'same';
  return text(`settings.port.${kind}`, { port: String(port) });
}
