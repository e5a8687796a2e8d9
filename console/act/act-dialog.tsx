import { LoaderCircle } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type ReactNode, useEffect, useId, useState } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import { Button } from '../../ui/components/button.tsx';
import { overlays } from '../../ui/components/overlays.ts';
import type { Answer } from '../api/ask.ts';
import { holdReadings } from '../api/hold.ts';
import { notify } from '../store/notices.ts';

export interface ActDialogProps {
  /** The button that opens it. */
  readonly trigger: ReactNode;
  readonly title: string;
  /** What will happen, and to whom. */
  readonly text: ReactNode;
  /** What the button says that does it. */
  readonly action: string;
  readonly look?: 'danger' | 'primary';
  /** Name of the field; a reason is demanded always. */
  readonly reasonLabel?: string;
  /** Further fields, above the reason. */
  readonly children?: ReactNode;
  /** What is missing in the further fields; null when they will do. */
  readonly missing?: string | null;
  readonly onAct: (reason: string) => Promise<Answer<object>>;
  /** Said when it is done. */
  readonly done: string;
  readonly onDone?: () => void;
}

interface Writing {
  readonly status: 'writing';
  readonly message: string | null;
  readonly problem: UserProblem | null;
}

const writing: Writing = { status: 'writing', message: null, problem: null };

/** Asks for the reason before anything is changed, and says what became of it. Closing loses nothing but the text. */
export function ActDialog(props: ActDialogProps) {
  const { trigger, title, text, action, look = 'danger', reasonLabel = 'Why', missing = null, done } = props;
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const [acting, setActing] = useState<Writing | { readonly status: 'acting' }>(writing);
  const id = useId();
  useEffect(() => (isOpen ? holdReadings() : undefined), [isOpen]);

  const change = (open: boolean) => {
    setOpen(open);
    setReason('');
    setActing(writing);
  };
  const send = () => {
    const message = missing ?? (reason.trim() === '' ? 'Say why; it is recorded with your name.' : null);
    if (message !== null) {
      setActing({ ...writing, message });
      return;
    }
    setActing({ status: 'acting' });
    void props.onAct(reason.trim()).then((answer) => {
      if (!answer.ok) {
        setActing({ ...writing, problem: answer.problem });
        return;
      }
      change(false);
      notify({ tone: 'info', title: done, text: afterwards(answer.value) });
      props.onDone?.();
    });
  };

  const { message, problem } = acting.status === 'writing' ? acting : writing;
  return (
    <Dialog.Root open={isOpen} onOpenChange={change}>
      <Dialog.Trigger asChild>{trigger}</Dialog.Trigger>
      <Dialog.Portal container={overlays()}>
        {/* The library’s own overlay adds a style element, which the page’s content security policy refuses. */}
        <div aria-hidden className="fixed inset-0 z-40 bg-[rgb(0_0_0/40%)]" />
        <Dialog.Content
          aria-modal
          className="appear fixed inset-0 z-50 m-auto h-fit max-h-[calc(100vh-2rem)] w-[460px] max-w-[calc(100vw-2rem)] overflow-y-auto rounded-2xl border border-line bg-panel p-5 shadow-floating"
        >
          <form
            noValidate
            className="grid gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              send();
            }}
          >
            <div className="grid gap-1.5">
              <Dialog.Title className="text-lg font-semibold break-words">{title}</Dialog.Title>
              <Dialog.Description className="break-words text-mute">{text}</Dialog.Description>
            </div>
            {props.children}
            <div className="grid gap-1">
              <label htmlFor={id} className="text-sm font-medium">
                {reasonLabel}
              </label>
              <textarea
                id={id}
                rows={2}
                maxLength={1000}
                required
                value={reason}
                aria-invalid={message !== null}
                aria-describedby={`${id}-note`}
                onChange={(event) => setReason(event.target.value)}
                className="min-h-[3.75rem] resize-y rounded-[9px] border border-edge bg-panel px-2.5 py-1.5 aria-invalid:border-bad"
              />
              <p
                id={`${id}-note`}
                role={message === null && problem === null ? undefined : 'alert'}
                className={`text-xs break-words ${message === null && problem === null ? 'text-mute' : 'text-bad'}`}
              >
                {message ??
                  (problem === null
                    ? 'It goes into the audit with your name.'
                    : `${problem.title}. ${problem.detail} ${problem.hint}`)}
              </p>
            </div>
            <div className="flex flex-wrap justify-end gap-2">
              <Dialog.Close asChild>
                <Button>Cancel</Button>
              </Dialog.Close>
              <Button
                type="submit"
                look={look}
                aria-busy={acting.status === 'acting'}
                disabled={acting.status === 'acting'}
              >
                {acting.status === 'acting' && <LoaderCircle aria-hidden className="spin size-4" />}
                {action}
              </Button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** What the relay adds about an act that is in force. */
function afterwards(value: {
  readonly recorded?: unknown;
  readonly untold?: unknown;
  readonly obeyed?: unknown;
}): string {
  const parts = [
    value.recorded === false ? 'Its record waits until the audit can be written.' : 'It is in the audit.',
    value.obeyed === false ? 'That relay hasn’t said yet that it does so: look again in some seconds.' : '',
    typeof value.untold === 'string' ? `Other relays couldn’t be told yet: ${value.untold}` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}
