import { Button } from '../../../ui/components/button.tsx';
import { ActDialog } from '../../act/act-dialog.tsx';
import type { Session } from '../../api/admin-api.ts';
import { act } from '../../api/ask.ts';
import { useMay } from '../../store/sign-in.ts';
import { deviceName } from './session-words.ts';

/** Ends one session, with a reason; nothing where that isn’t allowed or it is over. Its cell takes the keyboard. */
export function EndSession({ session, onDone }: { session: Session; onDone: () => void }) {
  const mayEnd = useMay('end-sessions');
  if (!mayEnd || session.ended !== null) return null;
  return (
    <ActDialog
      trigger={
        <Button tabIndex={-1} look="quiet" className="h-7 px-2" aria-label={`End the session of ${session.username}`}>
          End
        </Button>
      }
      title={`End the session of ${session.username}?`}
      text={`On ${deviceName(session)}. Its connections close within a second or two, and the person has to sign in again.`}
      action="End the session"
      onAct={(reason) => act('/admin/v1/sessions/end', { session: session.id, reason })}
      done={`The session of ${session.username} has ended`}
      onDone={onDone}
    />
  );
}
