import { AlertDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { overlays } from './overlays.ts';
import { uiText } from '../messages/ui-text.ts';

export interface ConfirmDialogProps {
  /** The button that opens it. */
  readonly trigger: ReactNode;
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
  readonly onConfirm: () => void;
}

/** Asks before something that can't be taken back; the focus is on “Cancel”. */
export function ConfirmDialog({ trigger, title, text, action, onConfirm }: ConfirmDialogProps) {
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger asChild>{trigger}</AlertDialog.Trigger>
      <AlertDialog.Portal container={overlays()}>
        {/* The library's own overlay adds a style element, which the page's content security policy refuses. */}
        <div aria-hidden className="fixed inset-0 z-40 bg-[rgb(0_0_0/40%)]" />
        <AlertDialog.Content
          aria-modal
          className="appear fixed inset-0 z-50 m-auto grid h-fit max-h-[calc(100vh-2rem)] w-[400px] max-w-[calc(100vw-2rem)] gap-2 overflow-y-auto rounded-2xl border border-line bg-panel p-5 shadow-floating"
        >
          <AlertDialog.Title className="text-lg font-semibold break-words">{title}</AlertDialog.Title>
          <AlertDialog.Description className="break-words text-mute">{text}</AlertDialog.Description>
          <div className="mt-3 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>{uiText('ui.cancel')}</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button look="danger" onClick={onConfirm}>
                {action}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
