import { Dialog } from 'radix-ui';
import { text } from '../../shared/messages/text.ts';
import { accountAmong } from '../../shared/profile-labels.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { overlays } from '../../ui/components/overlays.ts';
import { apiName, catalogOf } from '../model/current-profile.ts';
import { addressHost } from '../model/relay-address.ts';
import { useApp } from '../store/app-store.ts';
import { choosePlace } from '../store/show-place.ts';
import { RelayTile } from './relay-tile.tsx';

/** Asks which account a link means, where several have what it names. */
export function PlaceChooser({ snapshot: { profiles } }: { snapshot: Snapshot }) {
  const wanted = useApp((state) => state.placeToChoose);
  if (wanted === null) return null;
  const { place, profileIds } = wanted;
  const fitting = profiles.filter(({ id }) => profileIds.includes(id));
  const [first] = fitting;
  const name = place.show === 'request' ? place.id : apiName(first === undefined ? null : catalogOf(first), place.api);
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && choosePlace(null)}>
      <Dialog.Portal container={overlays()}>
        {/* The library's own overlay adds a style element, which the page's content security policy refuses. */}
        <div aria-hidden className="fixed inset-0 z-40 bg-[rgb(0_0_0/40%)]" />
        <Dialog.Content
          aria-modal
          className="appear fixed inset-0 z-50 m-auto grid h-fit max-h-[calc(100vh-2rem)] w-[400px] max-w-[calc(100vw-2rem)] gap-2 overflow-y-auto rounded-2xl border border-line bg-panel p-5 shadow-floating"
        >
          <Dialog.Title className="text-lg font-semibold break-words">{text('accounts.which', { name })}</Dialog.Title>
          <Dialog.Description className="break-words text-mute">{text('accounts.which.text')}</Dialog.Description>
          <ul className="mt-2 grid gap-2">
            {fitting.map((profile) => (
              <li key={profile.id}>
                <button
                  type="button"
                  onClick={() => choosePlace(profile.id)}
                  className="flex w-full min-w-0 items-center gap-2.5 rounded-[9px] border border-edge bg-panel px-3 py-2 text-start transition-colors hover:bg-ground"
                >
                  <RelayTile profile={profile} />
                  <span className="min-w-0 leading-tight break-words">
                    <span className="block font-medium">{profile.relayName}</span>
                    <span className="block text-sm text-mute">
                      {accountAmong(profiles, profile) ?? addressHost(profile.relayUrl)}
                    </span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
          <div className="mt-3 flex justify-end">
            <Dialog.Close asChild>
              <Button>{text('app.cancel')}</Button>
            </Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
