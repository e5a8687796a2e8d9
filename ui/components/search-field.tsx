import { Search, X } from 'lucide-react';
import { type KeyboardEvent, type Ref } from 'react';
import { IconButton } from './icon-button.tsx';
import { uiText } from '../messages/ui-text.ts';

export interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly shortcut?: string;
  readonly ref?: Ref<HTMLInputElement>;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

/** A search field; Escape clears it first. */
export function SearchField({ label, value, onChange, shortcut, ref, onKeyDown }: SearchFieldProps) {
  // The name of a field that has nothing at its end gets the room.
  const roomAtEnd = value !== '' ? 'pe-10' : shortcut === undefined ? 'pe-3' : 'pe-16';
  return (
    <div className="relative flex h-9 min-w-40 flex-1 items-center">
      <Search aria-hidden className="pointer-events-none absolute start-2.5 size-4 text-faint" />
      <input
        ref={ref}
        type="text"
        role="searchbox"
        aria-label={label}
        placeholder={label}
        value={value}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && value !== '') {
            event.stopPropagation();
            onChange('');
          } else onKeyDown?.(event);
        }}
        className={`h-full w-full rounded-[9px] border border-line bg-panel ps-8 text-ellipsis placeholder:text-faint focus-visible:outline-offset-0 ${roomAtEnd}`}
      />
      <span className="absolute end-1.5 flex items-center">
        {value !== '' ? (
          <IconButton label={uiText('ui.clear-search')} onClick={() => onChange('')}>
            <X className="size-4" />
          </IconButton>
        ) : (
          shortcut !== undefined && (
            <kbd
              aria-hidden
              className="pointer-events-none me-1 rounded-[5px] border border-line px-1.5 font-mono text-[11px] text-faint"
            >
              {shortcut}
            </kbd>
          )
        )}
      </span>
    </div>
  );
}
