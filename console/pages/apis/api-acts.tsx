import { Lock } from 'lucide-react';
import { Button } from '../../../ui/components/button.tsx';
import { ActDialog } from '../../act/act-dialog.tsx';
import { act } from '../../api/ask.ts';
import { useMay } from '../../store/sign-in.ts';

/** What can be done with an API. */
export function ApiActs({ api, name }: { api: string; name: string }) {
  const mayLock = useMay('lock');
  if (!mayLock) return null;
  return (
    <ActDialog
      trigger={
        <Button>
          <Lock aria-hidden className="size-4" /> Lock
        </Button>
      }
      title={`Lock ${name}?`}
      text="Nobody reaches it until the lock is taken away. Requests on their way end, and people are told why."
      action="Lock it"
      onAct={(reason) => act('/admin/v1/locks', { api, reason })}
      done={`${name} is locked`}
    />
  );
}
