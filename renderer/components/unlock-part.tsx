import { useState } from 'react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import { text } from '../../shared/messages/text.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { CopyTextButton } from '../../ui/components/copy-button.tsx';
import { PanelPart } from '../../ui/components/side-panel.tsx';
import { useNow } from '../../ui/components/use-now.ts';
import { unlockText } from '../model/access-level.ts';
import { requestMessage, rolesForAll, rolesToAskFor } from '../model/access-request.ts';
import { catalogOf } from '../model/current-profile.ts';
import { ownRequestsAt } from '../model/request-list.ts';
import { focusReason } from '../store/app-store.ts';
import { AccessForm } from './access-form.tsx';
import { AllApisForm } from './all-apis-form.tsx';
import { OwnRequest } from './own-request.tsx';

const lookEveryMs = 60_000;

/** The way to more access: what was asked for, roles to ask for where the API offers them, else whom to write to and what. */
export function UnlockPart({ profile, api }: { profile: ProfileSnapshot; api: CatalogEntry }) {
  const [isAskingAgain, setAskingAgain] = useState(false);
  const locked = api.access === 'locked';
  const catalog = catalogOf(profile);
  const requests = ownRequestsAt(profile.requests, api.id, useNow(lookEveryMs));
  const waiting = new Set(requests.filter(({ status }) => status === 'pending').map(({ role }) => role));
  const roles = rolesToAskFor(api, catalog).filter(({ role }) => !waiting.has(role));
  const everywhere = roles.length > 0 ? [] : rolesForAll(api, catalog);
  const askAgain = () => {
    setAskingAgain(true);
    focusReason(api.id);
  };
  if (!locked && roles.length + requests.length + everywhere.length === 0) return null;
  return (
    <PanelPart title={locked ? text('access.unlocks') : text('access.more')}>
      <div className="grid justify-items-start gap-2.5">
        {locked && <p className="break-words">{unlockText(api.unlockedBy)}.</p>}
        {requests.map((request) => (
          <OwnRequest
            key={request.id}
            profile={profile}
            request={request}
            onAgain={roles.some(({ role }) => role === request.role) && !isAskingAgain ? askAgain : undefined}
          />
        ))}
        {roles.length > 0 && (requests.length === 0 || isAskingAgain) && (
          <AccessForm
            key={api.id}
            profileId={profile.id}
            api={api}
            roles={roles}
            onSent={() => setAskingAgain(false)}
          />
        )}
        {everywhere.length > 0 && <AllApisForm profile={profile} roles={everywhere} />}
        {roles.length + requests.length + everywhere.length === 0 && (
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
