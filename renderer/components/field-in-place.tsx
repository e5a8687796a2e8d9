import { type ComponentProps, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { text } from '../../shared/messages/text.ts';
import { Button } from '../../ui/components/button.tsx';

export interface FieldInPlaceProps {
  readonly label: string;
  readonly initial: string;
  readonly input: Pick<ComponentProps<'input'>, 'inputMode' | 'spellCheck' | 'maxLength'>;
  /** Takes all the width there is. */
  readonly isWide?: boolean;
  /** How the field looks, beyond what all have in common. */
  readonly look: string;
  /** Stands below the field while nothing is wrong. */
  readonly hint?: string;
  /** Saves what was typed; what is wrong with it, or null once it is saved. */
  readonly save: (typed: string) => Promise<string | null>;
  readonly onDone: () => void;
  /** Further buttons beside Save. */
  readonly children?: ReactNode;
}

/** A field with Save that opens where its value stands; what is wrong is told right below it. */
export function FieldInPlace(props: FieldInPlaceProps) {
  const { label, initial, input, isWide = false, look, hint, save, onDone, children } = props;
  const [typed, setTyped] = useState(initial);
  const [wrong, setWrong] = useState<string | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const note = useId();
  const field = useRef<HTMLInputElement>(null);
  // Once: whoever types must not lose what is typed to a selection with each key.
  useEffect(() => field.current?.select(), []);
  const submit = async () => {
    setIsSaving(true);
    const told = await save(typed);
    setIsSaving(false);
    if (told === null) onDone();
    else setWrong(told);
  };
  return (
    <form
      noValidate
      className={`grid gap-1 ${isWide ? 'w-full grid-cols-1' : ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div className="flex flex-wrap items-center gap-2">
        <input
          ref={field}
          type="text"
          {...input}
          aria-label={label}
          aria-invalid={wrong !== null}
          aria-describedby={note}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.preventDefault();
            event.stopPropagation();
            onDone();
          }}
          className={`h-8 rounded-lg border border-edge text-sm aria-invalid:border-bad ${look}`}
        />
        <Button type="submit" disabled={isSaving}>
          {text('app.save')}
        </Button>
        {children}
        <Button look="quiet" onClick={onDone}>
          {text('app.cancel')}
        </Button>
      </div>
      <p
        id={note}
        role={wrong === null ? undefined : 'alert'}
        className={`text-sm break-words ${wrong === null ? 'text-mute' : 'text-bad'}`}
      >
        {wrong ?? hint}
      </p>
    </form>
  );
}
