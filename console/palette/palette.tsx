import { Command } from 'cmdk';
import { Dialog } from 'radix-ui';
import { useMemo, useRef, useState } from 'react';
import { overlays } from '../../ui/components/overlays.ts';
import type { Me } from '../api/admin-api.ts';
import { useReading } from '../api/use-reading.ts';
import { pages } from '../pages/pages.ts';
import { useSettled } from '../pages/use-settled.ts';
import { goTo, hrefOf } from '../route/place.ts';
import { actsOf, isMeant } from './places.ts';

const mostPeople = 8;

interface Place {
  /** Tells it from the others of its part. */
  readonly id: string;
  readonly name: string;
  readonly more?: string;
  readonly href: string;
  readonly words: readonly string[];
}

export interface PaletteProps {
  readonly me: Me;
  /** What was typed before it was there; told once. */
  readonly takeTyped: () => string;
  /** Puts the focus where it was. */
  readonly giveBack: () => void;
  readonly onClose: () => void;
}

/** Leads to pages, people, APIs, relays and acts by their names; what the roles don’t include isn’t offered. */
export function Palette({ me, takeTyped, giveBack, onClose }: PaletteProps) {
  const isGoing = useRef(false);
  const [typed, setTyped] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const { rights } = me;
  const search = useSettled(typed.trim());
  const asked = useMemo(() => ({ search, limit: mostPeople }), [search]);
  const people = useReading(search !== '' && rights.includes('read-people') ? '/admin/v1/people' : null, asked);
  const apis = useReading(rights.includes('read-usage') ? '/admin/v1/apis' : null);
  const relays = useReading(rights.includes('see-relay') ? '/admin/v1/relays' : null);
  const parts: readonly { readonly title: string; readonly places: readonly Place[] }[] = [
    {
      title: 'Pages',
      places: pages
        .filter(({ right }) => rights.includes(right))
        .map(({ id, name }) => ({ id, name, href: hrefOf(id), words: [] })),
    },
    { title: 'Do', places: actsOf(rights).map(({ title, words, href }) => ({ id: title, name: title, href, words })) },
    {
      title: 'People',
      places: (people.value?.people ?? []).map(({ id, username, provider, subject }) => ({
        id,
        name: username,
        more: provider,
        href: hrefOf('people', [id]),
        words: [subject],
      })),
    },
    {
      title: 'APIs',
      places: (apis.value?.apis ?? []).map(({ id, name }) => ({
        id,
        name,
        more: id,
        href: hrefOf('apis', [id]),
        words: [id],
      })),
    },
    {
      title: 'Relays',
      places: (relays.value?.relays ?? []).map(({ id }) => ({ id, name: id, href: hrefOf('relays', [id]), words: [] })),
    },
  ]
    .map(({ title, places }) => ({
      title,
      places: places.filter(({ name, words }) => isMeant(typed, [name, ...words])),
    }))
    .filter(({ places }) => places.length > 0);
  const go = (href: string) => {
    isGoing.current = true;
    onClose();
    goTo(href);
  };

  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal container={overlays()}>
        {/* The library’s own overlay adds a style element, which the page’s content security policy refuses. */}
        <div aria-hidden className="fixed inset-0 z-40 bg-[rgb(0_0_0/40%)]" />
        <Dialog.Content
          aria-modal
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            // Another page takes it itself.
            if (!isGoing.current) giveBack();
          }}
          onOpenAutoFocus={(event) => {
            // Without marking what was typed already.
            event.preventDefault();
            field.current?.focus();
            const early = takeTyped();
            if (early !== '') setTyped(early);
          }}
          className="appear fixed inset-x-0 top-[12vh] z-50 mx-auto flex max-h-[70vh] w-[560px] max-w-[calc(100vw-2rem)] flex-col overflow-hidden rounded-2xl border border-line bg-panel shadow-floating"
        >
          <Dialog.Title className="sr-only">Go to</Dialog.Title>
          <Command label="Go to" loop shouldFilter={false} className="flex min-h-0 flex-col">
            <Command.Input
              ref={field}
              value={typed}
              onValueChange={setTyped}
              placeholder="Page, person, API, relay, or what to do"
              className="h-12 shrink-0 border-b border-line bg-transparent px-4"
            />
            <Command.List label="Where to" className="min-h-0 overflow-y-auto p-2">
              <Command.Empty className="p-4 text-center text-mute">Nothing of that name.</Command.Empty>
              {parts.map(({ title, places }) => (
                <Command.Group
                  key={title}
                  heading={title}
                  className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-mute"
                >
                  {places.map(({ id, name, more, href }) => (
                    <Command.Item
                      key={id}
                      value={`${title} ${id}`}
                      onSelect={() => go(href)}
                      className="flex min-h-9 cursor-pointer items-center gap-2 rounded-lg px-2 data-[selected=true]:bg-accent-weak data-[selected=true]:text-accent forced-colors:data-[selected=true]:outline-2"
                    >
                      <span className="min-w-0 truncate">{name}</span>
                      {more !== undefined && <span className="min-w-0 truncate text-sm text-mute">{more}</span>}
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
