import type { ReactNode } from 'react';
import type { IpcResult } from '../../shared/ipc.ts';
import { problemText } from '../../shared/problem-words.ts';
import { parsePort } from '../model/port-input.ts';
import { FieldInPlace } from './field-in-place.tsx';

export interface PortEditorProps {
  readonly label: string;
  readonly port: number | undefined;
  readonly onSave: (port: number) => Promise<IpcResult<null>>;
  readonly onDone: () => void;
  /** Further buttons beside Save. */
  readonly children?: ReactNode;
}

/** A port's field with Save; a port that is taken or can't be used is told right below it. */
export function PortEditor({ label, port, onSave, onDone, children }: PortEditorProps) {
  const save = async (typed: string): Promise<string | null> => {
    const input = parsePort(typed);
    if (input.status === 'invalid') return input.message;
    const result = await onSave(input.port);
    return result.ok ? null : problemText(result.problem);
  };
  return (
    <FieldInPlace
      label={label}
      initial={String(port ?? '')}
      input={{ inputMode: 'numeric' }}
      look="w-20 bg-panel px-2 font-mono"
      save={save}
      onDone={onDone}
    >
      {children}
    </FieldInPlace>
  );
}
