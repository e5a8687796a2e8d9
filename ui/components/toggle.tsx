import { Switch } from 'radix-ui';
import { LoaderCircle } from 'lucide-react';

export interface ToggleProps {
  readonly label: string;
  readonly checked: boolean;
  readonly busy?: boolean;
  /** Shown, and not to be changed. */
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** An on/off switch; while busy it shows where it is going and turns a ring. */
export function Toggle({ label, checked, busy = false, disabled = false, onChange }: ToggleProps) {
  return (
    <Switch.Root
      aria-label={label}
      aria-busy={busy}
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      onClick={(event) => event.stopPropagation()}
      className="relative h-[21px] w-9 shrink-0 rounded-full bg-edge transition-colors disabled:opacity-60 data-[state=checked]:bg-ok-fill"
    >
      <Switch.Thumb className="absolute start-0.5 top-0.5 grid size-[17px] place-items-center rounded-full bg-on-fill shadow-raised transition-[inset-inline-start] data-[state=checked]:start-[17px]">
        {busy && <LoaderCircle aria-hidden className="spin size-3 text-tile-0" />}
      </Switch.Thumb>
    </Switch.Root>
  );
}
