import { Button } from '../../ui/components/button.tsx';
import { ConfirmDialog } from '../../ui/components/confirm-dialog.tsx';
import { text } from '../../shared/messages/text.ts';

/** The way in for when company sign-in is down, behind what it is for and who is told. */
export function BreakGlassOffer({ onStart }: { readonly onStart: () => void }) {
  return (
    <ConfirmDialog
      trigger={<Button look="quiet">{text('sign-in.emergency.offer')}</Button>}
      title={text('sign-in.emergency')}
      text={text('sign-in.emergency.text')}
      action={text('sign-in.emergency.action')}
      onConfirm={onStart}
    />
  );
}
