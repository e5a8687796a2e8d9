import { reason as sentences } from './messages/en/reason.ts';
import type { ReasonCode } from './reason.ts';

/** Spellings that servers read in different ways and that an API may ask for; docs/policy.md says how rules read each. */
export const pathForms = [
  'encoded-slash',
  'double-encoding',
  'empty-segments',
  'semicolon',
  'encoded-backslash',
  'fullwidth',
] as const;
export type PathForm = (typeof pathForms)[number];

/**
 * What became of a request target. `path` is the one spelling that policy, audit and upstream all see; `query` is
 * raw, '' or from the '?' on. `absolute-form` (RFC 9112 §3.2.2) is for the caller to judge; every other refusal is
 * a 400 with code `path-not-canonical` or `bad-request`.
 */
export type CanonicalPath =
  | { readonly status: 'ok'; readonly path: string; readonly query: string }
  | {
      readonly status: 'refused';
      readonly reason: 'absolute-form' | 'not-a-path' | 'ambiguous';
      readonly fault: PathFault;
      /** Says what is wrong with it, for the person who sent it. */
      readonly detail: string;
    };

/** What makes a path ambiguous, or none. */
export type PathFault = Extract<ReasonCode, `path-${string}`>;

const slash = 0x2f;
const dot = 0x2e;
const colon = 0x3a;
const questionMark = 0x3f;

const plain = 1;
const unreserved = 2;
const encodable = 4;

/** Per ASCII code: may stand in a path as it is, is unreserved (RFC 3986 §2.3), or only stands there encoded. */
const classOf = new Uint8Array(128);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~') {
  classOf[char.charCodeAt(0)] = plain | unreserved;
}
for (const char of "!$&'()*+,=:@") classOf[char.charCodeAt(0)] = plain;
for (const char of '"<>[]^`{|}') classOf[char.charCodeAt(0)] = encodable;

/**
 * Turns the raw request target of an HTTP request into its canonical path, or refuses it when servers could read it
 * in more than one way. Nothing is resolved or repaired: dot segments, empty segments, `;`, encoded or literal
 * backslashes, controls, double encoding, invalid UTF-8 and raw non-ASCII are refused, except for the forms in `allow`.
 * Percent-encoding is normalised (RFC 3986 §6.2.2: unreserved characters decoded, upper-case hex), so the result is its
 * own canonical form. Whatever is allowed, no reading of the path climbs out of a folder.
 */
export function canonicalPath(
  rawTarget: string,
  options: { readonly allow?: readonly PathForm[] } = {},
): CanonicalPath {
  if (rawTarget.charCodeAt(0) !== slash) return notAPath(rawTarget);
  const length = rawTarget.length;
  let isPlain = true;
  let end = 0;
  let previous = 0;
  for (; end < length; end += 1) {
    const code = rawTarget.charCodeAt(end);
    if (code === questionMark) break;
    // After a slash, a dot, a colon or another slash needs the slow look: the segment may be none.
    if (
      code === slash
        ? previous === slash
        : ((classOf[code] ?? 0) & plain) === 0 || ((code === dot || code === colon) && previous === slash)
    )
      isPlain = false;
    previous = code;
  }
  for (let index = end; index < length; index += 1) {
    const code = rawTarget.charCodeAt(index);
    // Bytes outside ASCII pass as they came: nothing is decided on them, and programs do send UTF-8 unencoded.
    if (code <= 0x20 || code === 0x7f) return ambiguous('path-query-control');
    if (code === 0x23) return ambiguous('path-hash');
  }
  if (isPlain) {
    return end === length
      ? { status: 'ok', path: rawTarget, query: '' }
      : { status: 'ok', path: rawTarget.slice(0, end), query: rawTarget.slice(end) };
  }
  const allow = options.allow ?? [];
  const normalised = normalise(rawTarget.slice(0, end), allow);
  if (normalised.problem !== undefined) return ambiguous(normalised.problem);
  const problem = segmentProblem(normalised.path, allow);
  if (problem !== undefined) return ambiguous(problem);
  return { status: 'ok', path: normalised.path, query: rawTarget.slice(end) };
}

type Normalised =
  | { readonly path: string; readonly problem?: undefined }
  | { readonly path?: undefined; readonly problem: PathFault };

function normalise(path: string, allow: readonly PathForm[]): Normalised {
  let out = '';
  for (let index = 0; index < path.length; index += 1) {
    const code = path.charCodeAt(index);
    if (code === 0x25) {
      const byte = hexByte(path, index + 1);
      if (byte < 0) return { problem: 'path-percent' };
      if (byte < 0x20 || byte === 0x7f) return { problem: 'path-encoded-control' };
      if (byte === slash && !allow.includes('encoded-slash')) return { problem: 'path-encoded-slash' };
      if (byte === 0x5c && !allow.includes('encoded-backslash')) return { problem: 'path-encoded-backslash' };
      if (byte === 0x3b && !allow.includes('semicolon')) return { problem: 'path-encoded-semicolon' };
      out += ((classOf[byte] ?? 0) & unreserved) === 0 ? encoded(byte) : String.fromCharCode(byte);
      index += 2;
      continue;
    }
    if (code === slash || (code === 0x3b && allow.includes('semicolon'))) {
      out += path.charAt(index);
      continue;
    }
    const kind = classOf[code] ?? 0;
    if ((kind & plain) !== 0) out += path.charAt(index);
    else if (kind === encodable) out += encoded(code);
    else return { problem: literalProblem(code) };
  }
  return { path: out };
}

function literalProblem(code: number): PathFault {
  if (code === 0x5c) return 'path-backslash';
  if (code === 0x3b) return 'path-semicolon';
  if (code === 0x23) return 'path-hash';
  if (code <= 0x20 || code === 0x7f) return 'path-control';
  return 'path-not-ascii';
}

/** Judges the normalised path, so that no encoding can hide what it looks for. */
function segmentProblem(path: string, allow: readonly PathForm[]): PathFault | undefined {
  if (/%25(?:[0-9A-Fa-f]{2}|[uU][0-9A-Fa-f])/.test(path)) {
    const problem = doubleEncodingProblem(path, allow);
    if (problem !== undefined) return problem;
  }
  const segments = path.split('/');
  for (let index = 1; index < segments.length; index += 1) {
    const segment = segments[index] ?? '';
    if (segment === '') {
      // Two slashes at the beginning are an authority to some (RFC 3986 §4.2), whatever the API is.
      const isAtBeginning = index === 1 && segments.length > 2;
      if (isAtBeginning || (index < segments.length - 1 && !allow.includes('empty-segments')))
        return 'path-empty-segment';
      continue;
    }
    let decoded: string;
    try {
      decoded = segment.includes('%') ? decodeURIComponent(segment) : segment;
    } catch {
      return 'path-not-utf8';
    }
    const problem = decodedProblem(decoded, allow);
    if (problem !== undefined) return problem;
    if (index === 1 && decoded.startsWith('\\')) return 'path-begins-backslash';
  }
  return undefined;
}

/** Judges what a server sees that decodes once more: slashes are expected there, a third encoding never. */
function doubleEncodingProblem(path: string, allow: readonly PathForm[]): PathFault | undefined {
  if (!allow.includes('double-encoding') || /%25[uU][0-9A-Fa-f]/.test(path)) return 'path-encoded-twice';
  const inside: readonly PathForm[] = ['encoded-slash', ...allow.filter((form) => form !== 'double-encoding')];
  const normalised = normalise(path.replaceAll(/%25(?=[0-9A-Fa-f]{2})/g, '%'), inside);
  return normalised.problem ?? segmentProblem(normalised.path, inside);
}

function decodedProblem(decoded: string, allow: readonly PathForm[]): PathFault | undefined {
  for (const character of decoded) {
    if (character > '\u{7f}' && isDeceptive(character, allow)) return 'path-delimiter';
  }
  const mapped = /[^\0-\x7f]/.test(decoded) ? asDelimiters(decoded) : decoded;
  if (mapped !== decoded && /%[0-9A-Fa-f]{2}|%[uU][0-9A-Fa-f]/.test(mapped) && allow.includes('fullwidth'))
    return 'path-maybe-twice';
  // What splits a name or ends it is let through only by opt-in, and even then not to climb out of a folder.
  for (const part of mapped.split(/[/\\]/)) {
    if (part === '') continue;
    if (/^::?\$/.test(visibleText(part))) return 'path-stream';
    for (const begun of [part, part.replace(/[:;?#].*$/s, '')]) {
      const seen = visibleText(begun);
      if (begun === '' && part.startsWith(';')) return 'path-segment-semicolon';
      if (seen === '' && begun !== '') return 'path-invisible';
      if (/^\.+$/.test(seen)) return 'path-dots';
    }
  }
  return undefined;
}

/** Non-ASCII characters that become delimiters under compatibility or best-fit mapping, and invisible line ends. */
function isDeceptive(character: string, allow: readonly PathForm[]): boolean {
  if (character <= '\u{9f}' || character === '\u{2028}' || character === '\u{2029}') return true;
  return !allow.includes('fullwidth') && /[/\\;%?#]/.test(asDelimiters(character));
}

/** The text as servers see it that map wide characters, and those that look like a slash, to ASCII. */
export function asDelimiters(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/[\u{2044}\u{2215}\u{29f8}]/gu, '/')
    .replaceAll(/[\u{2216}\u{29f5}\u{29f9}]/gu, '\\');
}

/** What is left for a reader who drops spaces, invisible characters and accents and maps wide ones. */
function visibleText(part: string): string {
  return part.normalize('NFKD').replaceAll(/[\s\p{Cf}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/gu, '');
}

function hexByte(text: string, index: number): number {
  const high = hexDigit(text.charCodeAt(index));
  const low = hexDigit(text.charCodeAt(index + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}

function encoded(byte: number): string {
  return `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
}

function ambiguous(fault: PathFault): CanonicalPath {
  return refused('ambiguous', fault);
}

function notAPath(target: string): CanonicalPath {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(target)
    ? refused('absolute-form', 'path-whole-address')
    : refused('not-a-path', 'path-no-slash');
}

function refused(kind: Extract<CanonicalPath, { status: 'refused' }>['reason'], fault: PathFault): CanonicalPath {
  return { status: 'refused', reason: kind, fault, detail: sentences[`reason.${fault}`] };
}
