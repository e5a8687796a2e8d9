import { Lightbulb } from 'lucide-react';
import { useRef } from 'react';
import { firstHints, hintsAfter, nextHint } from '../../shared/first-hints.ts';
import { text } from '../../shared/messages/text.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { focusHeading } from '../../ui/components/keep-focus.ts';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';

const none: readonly never[] = [];

/**
 * After the first sign-in, one short hint at a time, over the list and never on it. Each goes when it is dismissed, and
 * doesn't come back.
 */
export function FirstHint({ profile }: { profile: ProfileSnapshot }) {
  const hints = useApp((state) => state.snapshot?.settings.hints ?? none);
  const box = useRef<HTMLOutputElement>(null);
  const hasSwitchedOn = Object.values(profile.connections).some(({ status }) => status === 'on');
  const hint = nextHint(hints, hasSwitchedOn);
  const leave = (left: ReturnType<typeof hintsAfter>): void => {
    command('settings:set', { hints: left });
    // The button that has the focus may go with the hint.
    if (nextHint(left, hasSwitchedOn) === null && box.current?.contains(document.activeElement) === true)
      focusHeading();
  };
  return (
    <output ref={box} aria-label={text('hints.label')} className="block">
      {hint !== null && (
        <div className="mb-3.5 flex flex-wrap items-center gap-x-3 gap-y-1.5 rounded-xl border border-line bg-accent-weak px-3.5 py-2">
          <Lightbulb aria-hidden className="size-4 shrink-0 text-accent" />
          <p className="min-w-0 flex-1 basis-56 text-sm break-words">
            <span className="font-semibold">
              {text('hints.step', { step: firstHints.indexOf(hint) + 1, steps: firstHints.length })}
            </span>{' '}
            {text(`hints.${hint}`)}
          </p>
          {hintsAfter(hint).length > 0 && (
            <Button look="quiet" onClick={() => leave([])}>
              {text('hints.none')}
            </Button>
          )}
          <Button onClick={() => leave(hintsAfter(hint))}>{text('hints.done')}</Button>
        </div>
      )}
    </output>
  );
}
