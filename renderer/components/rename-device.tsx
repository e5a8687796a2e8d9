import { useRef, useState } from 'react';
import { maxChosenName, readChosenName } from '../../shared/chosen-name.ts';
import { text } from '../../shared/messages/text.ts';
import type { OwnSession } from '../../shared/own-session.ts';
import { problemText } from '../../shared/problem-words.ts';
import { Button } from '../../ui/components/button.tsx';
import { deviceName, ownDeviceName } from '../model/session-text.ts';
import { notify } from '../store/app-store.ts';
import { ask } from '../store/commands.ts';
import { FieldInPlace } from './field-in-place.tsx';

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
        className="-ms-[13px] forced-colors:ms-0"
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
  const save = async (typed: string): Promise<string | null> => {
    const name = readChosenName(typed);
    if (name === null) return text('session-names.wrong');
    const result = await ask('sessions:rename', { profileId, id: session.id, name });
    if (!result.ok) return problemText(result.problem);
    const called = deviceName({ device: { ...session.device, name: result.value.name } });
    notify({
      tone: 'info',
      title: text('session-names.saved', { name: called }),
      text: text('session-names.saved.text'),
    });
    await onRenamed();
    return null;
  };
  return (
    <FieldInPlace
      label={text('session-names.field', { name: deviceName(session) })}
      initial={deviceName(session)}
      input={{ spellCheck: false, maxLength: maxChosenName }}
      isWide
      look="min-w-0 flex-1 basis-40 bg-ground px-2.5 text-text"
      hint={text('session-names.hint', { name: ownDeviceName(session) })}
      save={save}
      onDone={onDone}
    />
  );
}
