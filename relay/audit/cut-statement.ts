import type { KeyObject } from 'node:crypto';
import { logOrigin, openNote, signNote } from './checkpoint-note.ts';

/** That the first `size` records were taken out of the audit, and what the root of the tree over them is. */
export interface Cut {
  readonly size: number;
  readonly root: Buffer;
  readonly keepDays: number;
}

function signedText({ size, root, keepDays }: Cut, key: KeyObject): string {
  return `${logOrigin(key)}/cut\n${size}\n${root.toString('base64')}\nolder than ${keepDays} days\n`;
}

/** Words of the record that says so, signed with the audit's key. */
export function cutStatement(cut: Cut, key: KeyObject): string {
  const signature = signNote(signedText(cut, key), key).trimEnd().split(' ').at(-1);
  const { size, root, keepDays } = cut;
  return `Records 1 to ${size} were cut, which were older than ${keepDays} days; their root ${root.toString('base64')}, signed ${signature}`;
}

/** Reads such words; undefined when they are others, or this key didn't sign them. */
export function openCutStatement(detail: string, key: KeyObject): Cut | undefined {
  const match =
    /^Records 1 to (\d{1,15}) were cut, which were older than (\d{1,5}) days; their root ([A-Za-z0-9+/]{43}=), signed ([A-Za-z0-9+/]+=*)$/.exec(
      detail,
    );
  if (match === null) return undefined;
  const [, size, keepDays, root = '', signature = ''] = match;
  const cut = { size: Number(size), root: Buffer.from(root, 'base64'), keepDays: Number(keepDays) };
  const note = `${signedText(cut, key)}\n— ${logOrigin(key)} ${signature}\n`;
  return openNote(note, key) === undefined ? undefined : cut;
}

/** The words of a record of a cut, by its line; undefined for any other record. */
export function cutWordsIn(line: string): string | undefined {
  if (!line.includes('"audit-cut"')) return undefined;
  try {
    const { type, event, detail } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return type === 'relay' && event === 'audit-cut' && typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}
