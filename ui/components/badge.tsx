import type { ReactNode } from 'react';

export type BadgeTone = 'ok' | 'warning' | 'bad' | 'quiet';

const tones: Record<BadgeTone, string> = {
  ok: 'bg-ok-weak text-ok',
  warning: 'bg-warning-weak text-warning',
  bad: 'bg-bad-weak text-bad',
  quiet: 'bg-side text-mute',
};

/** A short word in colour; the colour repeats what the word says. */
export function Badge({ tone, children }: { tone: BadgeTone; children: ReactNode }) {
  return (
    <span
      data-badge
      className={`inline-block max-w-full shrink-0 truncate rounded-md border border-transparent px-1.5 align-middle text-xs font-medium ${tones[tone]}`}
    >
      {children}
    </span>
  );
}
