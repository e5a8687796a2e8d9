import { Command } from 'cmdk';
import { CornerDownLeft, Play, type LucideIcon } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { text } from '../../shared/messages/text.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { EnvironmentBadge } from '../../ui/components/environment-badge.tsx';
import { overlays } from '../../ui/components/overlays.ts';
import { Tile } from '../../ui/components/tile.tsx';
import { RelayTile } from './relay-tile.tsx';
import { bridge } from '../bridge.ts';
import { currentProfileOf } from '../model/current-profile.ts';
import { findInPalette, paletteEntries, type PaletteEntry } from '../model/palette-entries.ts';
import { useApp } from '../store/app-store.ts';
import { type PaletteKey, runPaletteEntry } from '../store/run-palette-entry.ts';
import { screens, screensFor } from './sidebar.tsx';

const groups = ['api', 'action', 'screen', 'relay'] as const;

/** Finds APIs, relays, screens and actions from the keyboard, and says which key does what. */
export function CommandPalette({ snapshot }: { snapshot: Snapshot }) {
  const open = useApp((state) => state.paletteOpen);
  const opener = useRef<Element | null>(null);
  return (
    <Dialog.Root open={open} onOpenChange={(paletteOpen) => useApp.setState({ paletteOpen })}>
      <Dialog.Portal container={overlays()}>
        {/* The library's own overlay adds a style element, which the page's content security policy refuses. */}
        <div aria-hidden className="fixed inset-0 z-40 bg-[rgb(0_0_0/40%)]" />
        <Dialog.Content
          aria-modal
          aria-describedby={undefined}
          onOpenAutoFocus={() => {
            opener.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            // What the entry did may have moved the focus on, or taken away what had it.
            if (document.activeElement !== null && document.activeElement !== document.body) return;
            const back = opener.current?.isConnected === true ? opener.current : document.querySelector('h1, main');
            if (back instanceof HTMLElement) back.focus();
          }}
          className="appear fixed inset-x-0 top-[max(1rem,12vh)] z-50 mx-auto flex max-h-[min(30rem,76vh)] w-[580px] max-w-[calc(100vw-2rem)] flex-col overflow-hidden rounded-2xl border border-line bg-panel shadow-floating"
        >
          <Dialog.Title className="sr-only">{text('palette.title')}</Dialog.Title>
          <Palette snapshot={snapshot} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Palette({ snapshot }: { snapshot: Snapshot }) {
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState('');
  const profile = currentProfileOf(snapshot);
  const entries = useMemo(() => {
    const shown = profile === null ? [] : screensFor(profile);
    return paletteEntries(
      snapshot,
      shown.map(({ id }) => ({ id, name: text(`shell.screen.${id}`) })),
    );
  }, [snapshot, profile]);
  const favourites = profile?.favourites ?? [];
  const found = findInPalette(entries, search, favourites);
  const entry = found.find(({ key }) => key === chosen) ?? found[0];
  const run = (which: PaletteEntry | undefined, key: PaletteKey) => {
    if (which === undefined) return;
    useApp.setState({ paletteOpen: false });
    void runPaletteEntry(which, key);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    const modified = event.ctrlKey || event.metaKey;
    if (!modified && !event.shiftKey) return;
    event.preventDefault();
    run(entry, modified ? 'mod-enter' : 'shift-enter');
  };
  return (
    <Command
      label={text('palette.hint')}
      shouldFilter={false}
      vimBindings={false}
      loop
      value={entry?.key ?? ''}
      onValueChange={setChosen}
      onKeyDown={onKeyDown}
      className="flex min-h-0 flex-1 flex-col"
    >
      <Command.Input
        value={search}
        onValueChange={(typed) => {
          setSearch(typed);
          setChosen('');
        }}
        placeholder={text('palette.hint')}
        className="h-12 shrink-0 border-b border-line bg-panel px-4 text-lg outline-none placeholder:text-faint"
      />
      {found.length === 0 && (
        <output className="block p-6 text-center break-words text-mute">
          {text('palette.none', { search: search.trim().slice(0, 60) })}
        </output>
      )}
      <Command.List
        label={text('palette.title')}
        hidden={found.length === 0}
        className="min-h-0 flex-1 overflow-y-auto p-1.5"
      >
        {groups.map((kind) => {
          const lines = found.filter((each) => each.kind === kind);
          if (lines.length === 0) return null;
          return (
            <Command.Group
              key={kind}
              heading={text(`palette.${kind}s`)}
              className="**:[[cmdk-group-heading]]:px-2.5 **:[[cmdk-group-heading]]:pt-2 **:[[cmdk-group-heading]]:pb-1 **:[[cmdk-group-heading]]:text-xs **:[[cmdk-group-heading]]:font-semibold **:[[cmdk-group-heading]]:text-faint"
            >
              {lines.map((each) => (
                <Command.Item
                  key={each.key}
                  value={each.key}
                  onSelect={() => run(each, 'enter')}
                  className="flex min-h-9 items-center gap-2.5 rounded-md px-2.5 py-1 select-none data-[selected=true]:bg-accent-weak"
                >
                  <EntryLine entry={each} />
                </Command.Item>
              ))}
            </Command.Group>
          );
        })}
      </Command.List>
      {entry !== undefined && <Keys entry={entry} />}
    </Command>
  );
}

function EntryLine({ entry }: { entry: PaletteEntry }) {
  const { name, note } = entry;
  return (
    <>
      <Picture entry={entry} />
      <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2 overflow-hidden">
        <span data-name className="max-w-full truncate font-medium">
          {name}
        </span>
        {entry.kind === 'api' && <EnvironmentBadge environment={entry.api.look?.environment} />}
      </span>
      <span className="max-w-[45%] shrink-0 truncate text-sm text-mute tabular-nums">{note}</span>
    </>
  );
}

function Picture({ entry }: { entry: PaletteEntry }) {
  if (entry.kind === 'api') {
    const { api } = entry;
    const locked = api.access === 'locked' || api.lock !== undefined;
    return <Tile id={api.id} name={api.name} look={api.look} locked={locked} small />;
  }
  if (entry.kind === 'relay') return <RelayTile profile={entry.profile} />;
  const Icon: LucideIcon = screens.find(({ id }) => entry.kind === 'screen' && id === entry.screen)?.icon ?? Play;
  return (
    <span className="grid size-7 shrink-0 place-items-center text-faint">
      <Icon aria-hidden className="size-4" />
    </span>
  );
}

/** What the keys do with the entry that is chosen. */
function Keys({ entry }: { entry: PaletteEntry }) {
  const mod = bridge().platform === 'darwin' ? '⌘' : 'Ctrl';
  return (
    <p className="flex shrink-0 flex-wrap gap-x-4 gap-y-1 border-t border-line bg-side px-4 py-2 text-xs text-mute">
      {entry.kind === 'api' && entry.api.access === 'open' ? (
        <>
          <Key>{text(entry.connection.status === 'on' ? 'palette.key.copy' : 'palette.key.connect-and-copy')}</Key>
          <Key with="⇧">{text('palette.key.page')}</Key>
          <Key with={mod}>
            {text(
              entry.connection.status === 'on' || entry.connection.status === 'opening'
                ? 'palette.key.off'
                : 'palette.key.on',
            )}
          </Key>
        </>
      ) : (
        <Key>{text(labelOf(entry))}</Key>
      )}
    </p>
  );
}

function labelOf({ kind }: PaletteEntry): 'palette.key.page' | 'palette.key.do' | 'palette.key.go' {
  if (kind === 'api') return 'palette.key.page';
  return kind === 'action' ? 'palette.key.do' : 'palette.key.go';
}

function Key({ with: modifier, children }: { with?: string; children: string }) {
  return (
    <span className="flex items-center gap-1.5">
      <kbd className="flex items-center gap-0.5 rounded-[5px] border border-line bg-panel px-1 font-mono text-[11px]">
        {modifier}
        <CornerDownLeft aria-label={text('palette.key.enter')} className="size-3" />
      </kbd>
      {children}
    </span>
  );
}
