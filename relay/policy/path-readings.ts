import { asDelimiters } from '../../shared/canonical-path.ts';

/** One path as rules read it. Each reading is a list of percent-decoded segments, without a trailing empty one. */
export interface PathReadings {
  /** As written. */
  readonly exact: readonly string[];
  /** How an API may also take what it asked for in `paths.allow`; an allow rule must hold for each of them too. */
  readonly alsoToAllow: readonly (readonly string[])[];
  /**
   * Ways in which lenient servers could take it, folded by `foldLeniently`; deny rules hold for all of them. What may
   * follow a name is left to `matchesLeniently`.
   */
  readonly lenient: readonly (readonly string[])[];
  /** Nothing but ASCII, and nothing encoded: what matches as written then matches the first lenient reading, too. */
  readonly isPlain: boolean;
}

/**
 * Fold for deny rules: case, compatibility forms (NFKC), invisible characters and accents make no difference, because
 * there are servers, file systems and databases for which they make none.
 */
export function foldLeniently(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return asDelimiters(
    asDelimiters(text)
      .normalize('NFKD')
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKD')
      .replaceAll(/[\p{Cf}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/gu, ''),
  );
}

/** Reads a canonical path as written. A slash at its end makes no difference. */
export function exactSegments(path: string): readonly string[] {
  const segments = path.split('/');
  segments.shift();
  if (segments.at(-1) === '') segments.pop();
  return path.includes('%') ? segments.map(decodeURIComponent) : segments;
}

const none: readonly (readonly string[])[] = [];

/** Reads a canonical path in every way that rules must hold for. */
export function readPath(path: string): PathReadings {
  const exact = exactSegments(path);
  const isPlain = !path.includes('%') && isAscii(path);
  const folded = isPlain && path.toLowerCase() === path ? exact : exact.map(foldLeniently);
  if (isPlain && !path.includes(';') && !path.includes('//')) {
    const lenient = isNameless(folded.at(-1)) ? [folded, folded.slice(0, -1)] : [folded];
    return { exact, alsoToAllow: none, lenient, isPlain };
  }
  return { exact, alsoToAllow: readingsToAllow(exact), lenient: lenientReadings(folded), isPlain };
}

/** An encoded slash is a part of its name to an API that asks for it; all else that it asks for may be read both ways. */
function readingsToAllow(exact: readonly string[]): readonly (readonly string[])[] {
  const decoded = exact.map(decodedAgain);
  const mapped = decoded.map((segment) => (/[^\0-\x7f]/.test(segment) ? mappedDelimiters(segment) : segment));
  const readings = [decoded, mapped].flatMap((reading) => [
    reading,
    withoutEmpty(reading),
    withoutEmpty(reading.map((segment) => segment.replace(/;.*$/s, ''))),
    split(reading, '\\'),
  ]);
  if (mapped.some((segment, index) => segment !== decoded[index]))
    readings.push(split(mapped, '/'), cutAt(mapped, '?'), cutAt(mapped, '#'));
  return distinct(readings, exact);
}

/** The delimiters that full-width characters and their like stand for; other characters stay as they are. */
function mappedDelimiters(text: string): string {
  return Array.from(text, (character) => {
    const mapped = character > '\u{7f}' ? asDelimiters(character) : character;
    return /[/\\;%?#]/.test(mapped) ? mapped : character;
  }).join('');
}

/** A server that decodes too early, or twice, sees delimiters that split the path or end it. */
function lenientReadings(folded: readonly string[]): readonly (readonly string[])[] {
  const decoded = distinct([folded, folded.map((segment) => foldLeniently(decodedAgain(segment)))]);
  const cut = distinct(
    decoded.flatMap((reading) => [reading, cutAt(reading, '?'), cutAt(reading, '#'), cutAt(reading, ';')]),
  );
  const whole = distinct(
    cut.flatMap((reading) => {
      const atSlash = split(reading, '/');
      return [reading, withoutEmpty(reading), atSlash, split(reading, '\\'), split(atSlash, '\\')];
    }),
  );
  return distinct([
    ...whole,
    ...whole.filter((reading) => isNameless(reading.at(-1))).map((reading) => reading.slice(0, -1)),
  ]);
}

/** An ending alone, as in “/report/.json”, is taken for that of the segment before it. */
function isNameless(segment: string | undefined): boolean {
  return segment !== undefined && /^ *[.:;]/.test(segment);
}

/** Up to the first such delimiter; a path that begins with it is nothing that a rule could speak of. */
function cutAt(segments: readonly string[], delimiter: string): readonly string[] {
  const at = segments.findIndex((segment) => segment.includes(delimiter));
  if (at < 0) return segments;
  const rest = segments[at] ?? '';
  return withoutEmpty([...segments.slice(0, at), rest.slice(0, rest.indexOf(delimiter))]);
}

function split(segments: readonly string[], delimiter: string): readonly string[] {
  if (!segments.some((segment) => segment.includes(delimiter))) return segments;
  return withoutEmpty(segments.flatMap((segment) => segment.split(delimiter)));
}

function withoutEmpty(segments: readonly string[]): readonly string[] {
  return segments.includes('') ? segments.filter((segment) => segment !== '') : segments;
}

function decodedAgain(segment: string): string {
  if (!/%[0-9A-Fa-f]{2}/.test(segment)) return segment;
  try {
    return decodeURIComponent(segment.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25'));
  } catch {
    return segment;
  }
}

function distinct(
  readings: readonly (readonly string[])[],
  besides?: readonly string[],
): readonly (readonly string[])[] {
  const found = new Map(readings.map((reading) => [reading.join('\0'), reading]));
  if (besides !== undefined) found.delete(besides.join('\0'));
  return [...found.values()];
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7e) return false;
  return true;
}
