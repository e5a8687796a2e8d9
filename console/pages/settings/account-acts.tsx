import { Button } from '../../../ui/components/button.tsx';
import { ActDialog } from '../../act/act-dialog.tsx';
import type { EmergencyAccount } from '../../api/admin-api.ts';
import { act } from '../../api/ask.ts';
import { actsOnAccount, type AccountAct } from './settings-words.ts';

/** A link for enrolment, which the relay tells once. */
export interface Invitation {
  readonly account: string;
  readonly link: string;
  readonly expiresAtMs: number;
}

/** What can be done with an emergency account. */
export function AccountActs({
  account: { name, state },
  onInvited,
  onDone,
}: {
  readonly account: EmergencyAccount;
  readonly onInvited: (invitation: Invitation) => void;
  readonly onDone: () => void;
}) {
  const change = async (how: AccountAct['act'], reason: string) => {
    const answer = await act('/admin/v1/break-glass/accounts/{account}/{act}', { reason }, { account: name, act: how });
    if (answer.ok && answer.value.invitation !== null) onInvited({ account: name, ...answer.value.invitation });
    return answer;
  };
  return (
    <div className="flex flex-wrap gap-2">
      {actsOnAccount(state).map(({ act: how, label, title, text, look }) => (
        <ActDialog
          key={how}
          trigger={<Button aria-label={`${label}: ${name}`}>{label}</Button>}
          title={title(name)}
          text={text}
          action={label}
          look={look}
          onAct={(reason) => change(how, reason)}
          done={`${label}: done for ${name}`}
          onDone={onDone}
        />
      ))}
    </div>
  );
}
