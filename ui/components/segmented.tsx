import { ToggleGroup } from 'radix-ui';

export interface SegmentedProps<V extends string> {
  readonly label: string;
  /** Gives each choice the id `ID-VALUE`, so that the focus finds it again when the page is drawn anew. */
  readonly id?: string;
  readonly value: V;
  readonly options: readonly { readonly value: V; readonly label: string }[];
  /** Shown, and not to be changed. */
  readonly disabled?: boolean;
  readonly onChange: (value: V) => void;
}

/** A row of choices of which one is on. */
export function Segmented<V extends string>({
  label,
  id,
  value,
  options,
  disabled = false,
  onChange,
}: SegmentedProps<V>) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      disabled={disabled}
      value={value}
      onValueChange={(next) => {
        const chosen = options.find((option) => option.value === next);
        if (chosen !== undefined) onChange(chosen.value);
      }}
      className="flex h-9 shrink-0 rounded-[9px] border border-line bg-side p-0.5"
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          id={id === undefined ? undefined : `${id}-${option.value}`}
          value={option.value}
          className="rounded-[7px] px-3 font-medium text-mute transition-colors not-disabled:hover:text-text data-[state=on]:bg-raised data-[state=on]:text-text data-[state=on]:shadow-raised"
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
