import { useEffect, useId, useRef, useState } from 'react';
import { maxChosenName, readChosenName } from '../../shared/chosen-name.ts';
import { text } from '../../shared/messages/text.ts';
import type { OwnSession } from '../../shared/own-session.ts';
import { problemText } from '../../shared/problem-words.ts';
import { Button } from '../../ui/components/button.tsx';
import { deviceName, ownDeviceName } from '../model/session-text.ts';
import { notify } from '../store/app-store.ts';
import { ask } from '../store/commands.ts';

export interface RenameDeviceProps {
  readonly profileId: string;
  readonly session: OwnSession;
  /** The device has another name now. */
  readonly onRenamed: () => Promise<void>;
}

/** The way to give a device another name, which opens in place. */
export function RenameDevice(props: RenameDeviceProps) {
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setIsOpen(false);
    button.current?.focus();
  };
  return (
    <div className="grid grid-cols-1 justify-items-start gap-1.5">
      <Button
        ref={button}
        look="quiet"
        className="-ms-[13px]"
        aria-expanded={isOpen}
        aria-label={text('session-names.rename.of', { name: deviceName(props.session) })}
        onClick={() => setIsOpen(!isOpen)}
      >
        {text('session-names.rename')}
      </Button>
      {isOpen && <NameForm {...props} onDone={close} />}
    </div>
  );
}

function NameForm({ profileId, session, onRenamed, onDone }: RenameDeviceProps & { readonly onDone: () => void }) {
  const [typed, setTyped] = useState(() => deviceName(session));
  const [message, setMessage] = useState<string | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const note = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const save = async () => {
    const name = readChosenName(typed);
    if (name === null) {
      setMessage(text('session-names.wrong'));
      return;
    }
    setIsSaving(true);
    const result = await ask('sessions:rename', { profileId, id: session.id, name });
    setIsSaving(false);
    if (!result.ok) {
      setMessage(problemText(result.problem));
      return;
    }
    const called = deviceName({ device: { ...session.device, name: result.value.name } });
    notify({
      tone: 'info',
      title: text('session-names.saved', { name: called }),
      text: text('session-names.saved.text'),
    });
    await onRenamed();
    onDone();
  };
  return (
    <form
      noValidate
      className="grid w-full grid-cols-1 gap-1"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="flex flex-wrap items-center gap-2">
        <input
          ref={field}
          type="text"
          spellCheck={false}
          maxLength={maxChosenName}
          aria-label={text('session-names.field', { name: deviceName(session) })}
          aria-invalid={message !== null}
          aria-describedby={note}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.preventDefault();
            event.stopPropagation();
            onDone();
          }}
          className="h-8 min-w-0 flex-1 basis-40 rounded-lg border border-edge bg-ground px-2.5 text-sm text-text aria-invalid:border-bad"
        />
        <Button type="submit" disabled={isSaving}>
          {text('app.save')}
        </Button>
        <Button look="quiet" onClick={onDone}>
          {text('app.cancel')}
        </Button>
      </div>
      <p
        id={note}
        role={message === null ? undefined : 'alert'}
        className={`text-sm break-words ${message === null ? 'text-mute' : 'text-bad'}`}
      >
        {message ?? text('session-names.hint', { name: ownDeviceName(session) })}
      </p>
    </form>
  );
}
