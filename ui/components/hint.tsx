import { Tooltip } from 'radix-ui';
import type { ReactNode } from 'react';
import { overlays } from './overlays.ts';

/** Shows a short text beside its child on hover and keyboard focus. */
export function Hint({
  text,
  side = 'bottom',
  children,
}: {
  text: string;
  side?: 'bottom' | 'right';
  children: ReactNode;
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal container={overlays()}>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="appear z-50 max-w-72 rounded-md bg-text px-2 py-1 text-xs text-ground shadow-floating"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
