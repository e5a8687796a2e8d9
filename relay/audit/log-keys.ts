import type { KeyObject } from 'node:crypto';
import {
  type Checkpoint,
  chainOrigin,
  formatVerifierKey,
  logOrigin,
  openCheckpoint,
  openNote,
  parseVerifierKey,
  signNote,
} from './checkpoint-note.ts';
import { type Cut, openCutStatement } from './cut-statement.ts';

/** A key, and for how many records of its log its signatures count: at least `from`, at most `upTo`. */
interface KeySpan {
  readonly key: KeyObject;
  readonly origin: string;
  readonly from: number;
  readonly upTo: number;
}

/** The keys that have signed a log, one after the other; each change is signed by both, the one before and the next. */
export interface LogKeys {
  readonly spans: readonly KeySpan[];
  /** The one that signs now. */
  readonly newest: KeyObject;
  /** What was signed at each change. */
  readonly changes: readonly Checkpoint[];
}

const changeBegins = /(?=^causeway\/audit\/[0-9a-f]{16}\/key-change$)/m;

/** That from the first `size` records on, whose root is `root`, the log goes by another key: a note that both sign. */
export function keyChange(
  { size, root }: { readonly size: number; readonly root: Uint8Array },
  before: KeyObject,
  next: KeyObject,
): string {
  const text = `${logOrigin(before)}/key-change\n${size}\n${Buffer.from(root).toString('base64')}\n${formatVerifierKey(next)}\n`;
  const signedByNext = signNote(text, next).trimEnd().split('\n').at(-1);
  return `${signNote(text, before)}${signedByNext}\n`;
}

function openChange(note: string, key: KeyObject): { readonly next: KeyObject; readonly at: Checkpoint } | undefined {
  const text = openNote(note, key);
  const match = /^(\S+)\/key-change\n(0|[1-9]\d{0,14})\n([A-Za-z0-9+/]{43}=)\n(\S+)\n$/.exec(text ?? '');
  const [, origin, size, root = '', line = ''] = match ?? [];
  const next = parseVerifierKey(line);
  if (next === undefined || origin !== logOrigin(key) || openNote(note, next) === undefined) return undefined;
  return { next, at: { kind: 'tree', size: Number(size), hash: Buffer.from(root, 'base64') } };
}

/**
 * Reads the text of `audit-verifier-key.txt`: the line of the log’s first key, then the note of each {@link keyChange}.
 * Undefined when a line or a signature is wrong.
 */
export function parseLogKeys(text: string): LogKeys | undefined {
  const [first = '', ...notes] = `${text.trim()}\n`.split(changeBegins);
  let key = parseVerifierKey(first);
  if (key === undefined) return undefined;
  const spans: KeySpan[] = [];
  const changes: Checkpoint[] = [];
  let from = 0;
  for (const note of notes) {
    const change = openChange(note, key);
    if (change === undefined || change.at.size < from) return undefined;
    spans.push({ key, origin: logOrigin(key), from, upTo: change.at.size });
    changes.push(change.at);
    from = change.at.size;
    key = change.next;
  }
  spans.push({ key, origin: logOrigin(key), from, upTo: Number.POSITIVE_INFINITY });
  return { spans, newest: key, changes };
}

/** The same of a log that only ever had one key. */
export function onlyKey(key: KeyObject): LogKeys {
  const span = { key, origin: logOrigin(key), from: 0, upTo: Number.POSITIVE_INFINITY };
  return { spans: [span], newest: key, changes: [] };
}

/** Whether a key is one of a log’s. */
export function hasKey(keys: LogKeys, key: KeyObject): boolean {
  return keys.spans.some((span) => span.key.equals(key));
}

/**
 * The keys of a log for who was given a key elsewhere, of now or of then: those beside the log when the given one is among
 * them, which its signatures then vouch for; else the given ones alone. Undefined when what counts can’t be read.
 */
export function trustedKeys(given: string | undefined, beside: string | undefined): LogKeys | undefined {
  const found = beside === undefined ? undefined : parseLogKeys(beside);
  if (given === undefined) return found;
  const trusted = parseLogKeys(given);
  return trusted !== undefined && found !== undefined && hasKey(found, trusted.newest) ? found : trusted;
}

/** Reads a checkpoint of a log; undefined when its form or signature is wrong, or its key wasn’t the log’s then. */
export function openLogCheckpoint(note: string, { spans }: LogKeys): Checkpoint | undefined {
  const ofChain = note.startsWith(`${chainOrigin}\n`);
  for (const { key, origin, from, upTo } of ofChain ? spans.slice(0, 1) : spans) {
    if (!ofChain && !note.startsWith(`${origin}\n`)) continue;
    const checkpoint = openCheckpoint(note, key);
    if (checkpoint !== undefined && checkpoint.size >= from && checkpoint.size <= upTo) return checkpoint;
  }
  return undefined;
}

/**
 * Reads what the record of this number says of a cut before it; undefined when the key that was the log’s then didn’t sign it.
 * Without the number, any key may have: whoever trusts in that has the record still to find.
 */
export function openLogCut(detail: string, { spans }: LogKeys, record?: number): Cut | undefined {
  for (const { key, from, upTo } of spans) {
    if (record !== undefined && (record <= from || record > upTo)) continue;
    const cut = openCutStatement(detail, key);
    // What is cut ends before the record that says so: the record itself stays, and is under what was signed later.
    if (cut !== undefined && cut.size < (record ?? Number.POSITIVE_INFINITY)) return cut;
  }
  return undefined;
}
