import { breakGlassWarning } from '../../shared/break-glass.ts';
import { Button } from '../../ui/components/button.tsx';
import { ConfirmDialog } from '../../ui/components/confirm-dialog.tsx';

/** The way in for when company sign-in is down, behind what it is for and who is told. */
export function BreakGlassOffer({ onStart }: { readonly onStart: () => void }) {
  return (
    <ConfirmDialog
      trigger={<Button look="quiet">Is company sign-in down?</Button>}
      title="Emergency sign-in"
      text={`${breakGlassWarning} You need an emergency account that was enrolled before.`}
      action="Sign in with an emergency account"
      onConfirm={onStart}
    />
  );
}
