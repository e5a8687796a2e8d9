import { Button } from '../../../ui/components/button.tsx';
import type { AccessRequest } from '../../api/admin-api.ts';
import { ActDialog } from '../../act/act-dialog.tsx';
import { act } from '../../api/ask.ts';
import { grantedWords, hoursWords } from './access-words.ts';

/** Ends a grant before its time. */
export function EndGrant({ grant, onDone }: { grant: AccessRequest; onDone: () => void }) {
  const who = grant.requester.username;
  return (
    <ActDialog
      trigger={<Button aria-label={`End ${grantedWords(grant)} of ${who}`}>End</Button>}
      title={`End the grant of ${who}?`}
      text={`${grantedWords(grant)}, given for ${hoursWords(grant)}. They wrote: ${grant.reason}`}
      action="End it"
      reasonLabel="Why; they read it"
      onAct={(reason) =>
        act('/admin/v1/access-requests/{id}/{decision}', { reason }, { id: grant.id, decision: 'revoke' })
      }
      done={`Ended: ${grantedWords(grant)} of ${who}`}
      onDone={onDone}
    />
  );
}
