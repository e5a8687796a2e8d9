import { openValue } from './sealed-value.ts';

/** What is known of a key that something is sealed with. */
export type KeyState =
  | { readonly type: 'key'; readonly key: Uint8Array }
  /** Thrown away; by `alias` all records of the person say so. */
  | { readonly type: 'erased'; readonly alias: string }
  /** It isn't for this user, or not here. */
  | { readonly type: 'unknown' };

/** Opens stored lines with keys that are looked up elsewhere. */
export interface LineOpener {
  /** As {@link Revealer.reveal}; what `stateOf` knows nothing of yet stays sealed. */
  reveal(line: string, took?: (id: string) => void): string;
  /** What was remembered may be of a key that has been thrown away since. */
  forget(): void;
}

const administratorStart = '{"type":"administrator"';
/** What a line has in it as long as something is sealed. */
export const sealedMark = '{"sealed":"';
const sealedField = /"(\w+)":\{"sealed":"([\w-]+)","of":"([\w-]+)"(?:,"groups":(\[(?:"(?:[^"\\]|\\.)*",?)*\]))?\}/g;
const sealedWith = /\{"sealed":"([\w-]+)"/g;
/** A refused sign-in of a known person is under two keys. */
export const maxDepth = 3;
const maxRemembered = 20_000;

/** Opens lines as far as there are keys. @param stateOf undefined when it has still to be looked up */
export function createLineOpener(stateOf: (id: string) => KeyState | undefined): LineOpener {
  const values = new Map<string, string>();

  const valueOf = (field: string, id: string, of: string, groups: string | undefined): string | undefined => {
    const known = values.get(of);
    if (known !== undefined) return known;
    const state = stateOf(id);
    if (state === undefined) return undefined;
    if (state.type === 'erased') return placeholder(field, 'erased', state.alias, groups);
    const value = state.type === 'key' ? opened(of, id, state.key) : null;
    if (value === null) return placeholder(field, 'sealed', id, groups);
    if (values.size >= maxRemembered) values.clear();
    values.set(of, value);
    return value;
  };

  return {
    reveal(line, took) {
      if (!line.includes(sealedMark)) return line;
      let revealed = line;
      for (let depth = 0; depth < maxDepth && revealed.includes(sealedMark); depth += 1)
        revealed = revealed.replace(
          sealedField,
          (all: string, field: string, id: string, of: string, groups: string | undefined) => {
            took?.(id);
            const kind = kindOf(field, id, line);
            const value = valueOf(kind, id, of, groups);
            return value === undefined ? all : `"${field}":${value}`;
          },
        );
      return revealed;
    },
    forget: () => values.clear(),
  };
}

/** Names of the keys that a line is sealed with, as far as it has been opened. */
export function keysOfLine(line: string): readonly string[] {
  return line.includes(sealedMark) ? Array.from(line.matchAll(sealedWith), ([, id = '']) => id) : [];
}

function opened(of: string, id: string, key: Uint8Array): string | null {
  try {
    return openValue(of, { id, key });
  } catch {
    // Changed afterwards: that is for the verifier to say, not for who reads.
    return null;
  }
}

/** What a field is, where its name alone doesn't say it. */
function kindOf(field: string, id: string, line: string): string {
  if (field === 'operator' && line.startsWith(administratorStart)) return 'operating user';
  // A person’s name goes with the reason; an address that a rule has locked goes alone, with its day.
  const isAddress = line.includes('"lock":"finding-') && !line.includes(`"reason":{"sealed":"${id}"`);
  return field === 'target' && isAddress ? 'locked address' : field;
}

/** What stands where a value can't be read any more. */
function placeholder(field: string, word: 'erased' | 'sealed', id: string, groups = '[]'): string {
  const who = `"${word}-${id}"`;
  switch (field) {
    case 'caller':
      return `{"issuer":"","subject":${who},"username":${who},"groups":${groups},"sessionId":"","device":"","remoteAddress":""}`;
    case 'requester':
    case 'person':
      return `{"issuer":"","subject":${who},"username":${who}}`;
    case 'claimed':
      return 'null';
    case 'operating user':
      return `{"user":${who},"sudoUser":null}`;
    case 'locked address':
      return `"the address (${word})"`;
    case 'by':
    case 'operator':
      return who;
    case 'target':
      return `"the person ${word}-${id}"`;
    case 'sessionId':
    case 'device':
    case 'remoteAddress':
      return '""';
    case 'query':
    case 'claims':
      return '{}';
    case 'path':
      return `"/(${word})"`;
    default:
      return `"(${word})"`;
  }
}
