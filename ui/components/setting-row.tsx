import type { ReactNode } from 'react';
import { ManagedNote } from './managed-note.tsx';

export interface SettingRowProps {
  readonly name: string;
  readonly text: string;
  readonly problem?: string | null;
  /** Who keeps people from changing it, in words; null when nobody does. */
  readonly managed?: string | null;
  readonly children: ReactNode;
}

/** One setting: name and what it does at the left, the control at the right. */
export function SettingRow({ name, text, problem = null, managed = null, children }: SettingRowProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-t border-line px-4 py-3 first:border-t-0">
      <div className="min-w-0 flex-1 basis-56">
        <div className="font-medium">{name}</div>
        <div className="text-sm break-words text-mute">{text}</div>
        {managed !== null && <ManagedNote>{managed}</ManagedNote>}
        {problem !== null && <div className="text-sm text-bad">{problem}</div>}
      </div>
      {children}
    </div>
  );
}
