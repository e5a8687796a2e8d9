import { LockKeyhole } from 'lucide-react';

/** A line that says who keeps people from changing what it stands at. */
export function ManagedNote({ children }: { children: string }) {
  return (
    <div className="mt-0.5 flex items-start gap-1.5 text-sm text-mute">
      <LockKeyhole aria-hidden className="mt-[3px] size-3.5 shrink-0" />
      <span className="min-w-0 break-words">{children}</span>
    </div>
  );
}
