import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { IpcResult } from '../../shared/ipc.ts';
import { parsePort } from '../model/port-input.ts';
import { Button } from '../../ui/components/button.tsx';
import { text } from '../../shared/messages/text.ts';
import { problemText } from '../../shared/problem-words.ts';

export interface PortEditorProps {
  readonly label: string;
  readonly port: number | undefined;
  readonly onSave: (port: number) => Promise<IpcResult<null>>;
  readonly onDone: () => void;
  /** Further buttons beside Save. */
  readonly children?: ReactNode;
}

/** A port's field with Save; a port that is taken or can't be used is told right below it. */
export function PortEditor({ label, port, onSave, onDone, children }: PortEditorProps) {
  const [typed, setTyped] = useState(String(port ?? ''));
  const [message, setMessage] = useState<string | null>(null);
  const note = useId();
  const field = useRef<HTMLInputElement>(null);
  // Once: whoever types must not lose what is typed to a selection with each key.
  useEffect(() => field.current?.select(), []);
  const save = () => {
    const input = parsePort(typed);
    if (input.status === 'invalid') {
      setMessage(input.message);
      return;
    }
    void onSave(input.port).then((result) => {
      if (result.ok) onDone();
      else setMessage(problemText(result.problem));
      return result.ok;
    });
  };
  return (
    <form
      noValidate
      className="grid gap-1"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div className="flex flex-wrap items-center gap-2">
        <input
          ref={field}
          type="text"
          inputMode="numeric"
          aria-label={label}
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
          className="h-8 w-20 rounded-lg border border-edge bg-panel px-2 font-mono text-sm aria-invalid:border-bad"
        />
        <Button type="submit">{text('app.save')}</Button>
        {children}
        <Button look="quiet" onClick={onDone}>
          {text('app.cancel')}
        </Button>
      </div>
      <p id={note} role={message === null ? undefined : 'alert'} className="text-sm break-words text-bad">
        {message}
      </p>
    </form>
  );
}
