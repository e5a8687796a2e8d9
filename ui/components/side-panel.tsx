import { ArrowLeft, X } from 'lucide-react';
import { createContext, type ReactNode, useContext, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';
import { IconButton } from './icon-button.tsx';
import { uiText } from '../messages/ui-text.ts';

export interface SidePanelProps {
  readonly title: string;
  readonly wide: boolean;
  /** Name of the screen to go back to, when the panel stands instead of it. */
  readonly backTo: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A page beside the list, or instead of it when there is no room; Escape closes it. */
export function SidePanel({ title, wide, backTo, onClose, children }: SidePanelProps) {
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!wide) back.current?.focus();
  }, [wide]);
  const frame = wide ? 'w-[384px] shrink-0 border-s border-line bg-panel' : 'min-w-0 flex-1 bg-panel';
  return (
    <section aria-label={title} className={`relative overflow-y-auto ${frame}`}>
      <div className={`grid grid-cols-1 gap-[18px] p-5 ${wide ? '' : 'mx-auto max-w-2xl'}`}>
        {wide ? (
          <IconButton label={uiText('ui.close')} className="absolute top-2 end-2" onClick={onClose}>
            <X className="size-4" />
          </IconButton>
        ) : (
          <>
            <h1 className="sr-only">{backTo}</h1>
            <Button ref={back} look="quiet" className="-ms-3 justify-self-start" onClick={onClose}>
              <ArrowLeft aria-hidden className="size-4 rtl:-scale-x-100" /> {backTo}
            </Button>
          </>
        )}
        {children}
      </div>
    </section>
  );
}

const PartIsInGroup = createContext(false);

/** Several parts of a panel that belong together, under a heading of their own. */
export function PanelGroup({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="grid min-w-0 grid-cols-1 gap-[18px] border-t border-line pt-4">
      <h3 id={id} className="text-base font-semibold">
        {title}
      </h3>
      <PartIsInGroup value>{children}</PartIsInGroup>
    </section>
  );
}

/** One titled part of a panel. */
export function PanelPart({ title, children }: { title: string; children: ReactNode }) {
  const look = 'mb-[7px] text-xs font-semibold text-faint';
  return (
    <div className="min-w-0">
      {useContext(PartIsInGroup) ? <h4 className={look}>{title}</h4> : <h3 className={look}>{title}</h3>}
      {children}
    </div>
  );
}
