import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { overlays } from './overlays.ts';

const item =
  'flex items-center gap-2.5 rounded-md px-2.5 py-1.5 outline-none select-none data-[highlighted]:bg-accent-weak data-[disabled]:text-faint';

/** A menu that its trigger opens. Not modal: the rest of the window stays in reach. */
export function Menu({
  trigger,
  label,
  side = 'bottom',
  align = 'start',
  children,
}: {
  trigger: ReactNode;
  label: string;
  side?: 'bottom' | 'top';
  align?: 'start' | 'end';
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={overlays()}>
        <DropdownMenu.Content
          aria-label={label}
          side={side}
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="appear z-30 max-h-[60vh] min-w-56 overflow-y-auto rounded-xl border border-line bg-panel p-1.5 shadow-floating"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** One thing to do in a menu. */
export function MenuItem(props: ComponentProps<typeof DropdownMenu.Item>) {
  return <DropdownMenu.Item {...props} className={item} />;
}

/** One of several choices in a menu; wrap them in `MenuChoices`. */
export function MenuChoice(props: ComponentProps<typeof DropdownMenu.RadioItem>) {
  return <DropdownMenu.RadioItem {...props} className={item} />;
}

/** Something in a menu that is on or off; the menu stays open. */
export function MenuCheck({ children, ...props }: ComponentProps<typeof DropdownMenu.CheckboxItem>) {
  return (
    <DropdownMenu.CheckboxItem {...props} onSelect={(event) => event.preventDefault()} className={item}>
      <span aria-hidden className="grid size-4 place-items-center">
        <DropdownMenu.ItemIndicator>
          <Check className="size-4 text-accent" />
        </DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

export const MenuChoices = DropdownMenu.RadioGroup;

/** A line between groups of a menu. */
export function MenuLine() {
  return <DropdownMenu.Separator className="my-1.5 h-px bg-line" />;
}
