import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { unlockText } from '../model/access-level.ts';
import { requestMessage, rolesToAskFor, sentRequestFor } from '../model/access-request.ts';
import { catalogOf } from '../model/current-profile.ts';
import { useApp } from '../store/app-store.ts';
import { AccessAsked, AccessForm } from './access-form.tsx';
import { CopyTextButton } from '../../ui/components/copy-button.tsx';
import { PanelPart } from '../../ui/components/side-panel.tsx';
import { text } from '../../shared/messages/text.ts';

/** The way to more access: roles to ask for where the API offers them, else whom to write to and what. */
export function UnlockPart({ profile, api }: { profile: ProfileSnapshot; api: CatalogEntry }) {
  const locked = api.access === 'locked';
  const catalog = catalogOf(profile);
  const roles = rolesToAskFor(api, catalog);
  const sent = sentRequestFor(
    useApp((state) => state.sentRequests),
    profile.id,
    api,
    catalog,
  );
  if (!locked && roles.length === 0) return null;
  return (
    <PanelPart title={locked ? text('access.unlocks') : text('access.more')}>
      <div className="grid justify-items-start gap-2.5">
        {locked && <p className="break-words">{unlockText(api.unlockedBy)}.</p>}
        {sent !== null && <AccessAsked sent={sent} />}
        {sent === null && roles.length > 0 && (
          <AccessForm key={api.id} profileId={profile.id} api={api} roles={roles} />
        )}
        {roles.length === 0 && (
          <>
            <p className="text-sm text-mute">
              {api.owner === undefined ? text('access.ask-it') : text('access.ask-owner-for-it', { owner: api.owner })}
            </p>
            <CopyTextButton
              label={text('access.copy-message')}
              text={requestMessage(api, catalog, profile.relayName)}
            />
          </>
        )}
      </div>
    </PanelPart>
  );
}
