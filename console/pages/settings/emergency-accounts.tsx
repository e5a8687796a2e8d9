import { useState } from 'react';
import { Badge } from '../../../ui/components/badge.tsx';
import { CopyTextButton } from '../../../ui/components/copy-button.tsx';
import { FactList, FactRow } from '../../../ui/components/fact-list.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import type { EmergencyAccount } from '../../api/admin-api.ts';
import { useReading } from '../../api/use-reading.ts';
import { useMay } from '../../store/sign-in.ts';
import { WhenRead } from '../page-frame.tsx';
import { AccountActs, type Invitation } from './account-acts.tsx';
import { accountWords, signInWords } from './settings-words.ts';

const fresh = { live: ['relay'] } as const;

/** Accounts of the relay’s own, who has enrolled, and what can be done with each. */
export function EmergencyAccounts() {
  const reading = useReading('/admin/v1/break-glass/accounts', undefined, fresh);
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  return (
    <WhenRead reading={reading} label="emergency accounts" rows={2}>
      {({ isOn, twoPersons, accounts }) =>
        isOn ? (
          <div className="grid grid-cols-1 gap-3">
            <p className="text-sm text-mute">
              For when the provider is down. Each sign-in is told to everybody responsible at once
              {twoPersons ? ', and a second person has to approve it.' : '.'}
            </p>
            {accounts.map((account) => (
              <Account
                key={account.name}
                account={account}
                invitation={invitation?.account === account.name ? invitation : null}
                onInvited={setInvitation}
                onDone={reading.refresh}
              />
            ))}
          </div>
        ) : (
          <p className="text-mute">The config has none (break_glass).</p>
        )
      }
    </WhenRead>
  );
}

function Account({
  account,
  invitation,
  onInvited,
  onDone,
}: {
  readonly account: EmergencyAccount;
  readonly invitation: Invitation | null;
  readonly onInvited: (invitation: Invitation) => void;
  readonly onDone: () => void;
}) {
  const mayChange = useMay('change-accounts');
  const { text, tone } = accountWords(account.state);
  return (
    <FactList>
      <FactRow name="Account">
        <span className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5">
          <strong className="min-w-0 font-semibold break-words">{account.name}</strong>
          <Badge tone={tone}>{text}</Badge>
        </span>
      </FactRow>
      <FactRow name={account.signIn === null ? 'Left over' : 'Signs in with'}>{signInWords(account)} </FactRow>
      {account.groups.length > 0 && <FactRow name="Groups">{account.groups.join(', ')}</FactRow>}
      {invitation !== null && (
        <FactRow name="Link for enrolment">
          <p className="text-sm text-mute">
            For the person of this account alone. It works once, ends <Moment timeMs={invitation.expiresAtMs} />, and is
            shown only here and now.
          </p>
          <code className="my-2 block font-mono text-sm [overflow-wrap:anywhere]">{invitation.link}</code>
          <CopyTextButton text={invitation.link} label="Copy the link" />
        </FactRow>
      )}
      {mayChange && (
        <FactRow name="Change">
          <AccountActs account={account} onInvited={onInvited} onDone={onDone} />
        </FactRow>
      )}
    </FactList>
  );
}
