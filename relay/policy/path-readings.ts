/** One path as rules read it. Each reading is a list of percent-decoded segments, without a trailing empty one. */
export interface PathReadings {
  /** As written. */
  readonly exact: readonly string[];
  /** Ways in which lenient servers could take it, folded by `foldLeniently`; deny rules hold for all of them. */
  readonly lenient: readonly (readonly string[])[];
  /** Nothing but ASCII, and nothing encoded: what matches as written then matches the first lenient reading, too. */
  readonly isPlain: boolean;
}

/**
 * Fold for deny rules: case, compatibility forms (NFKC) and invisible characters make no difference, because there
 * are servers for which they make none.
 */
export function foldLeniently(text: string): string {
  return (isAscii(text) ? text : text.normalize('NFKC').replaceAll(/\p{Cf}/gu, '')).toLowerCase();
}

/** Reads a canonical path as written. A slash at its end makes no difference. */
export function exactSegments(path: string): readonly string[] {
  const segments = path.split('/');
  segments.shift();
  if (segments.at(-1) === '') segments.pop();
  return path.includes('%') ? segments.map(decodeURIComponent) : segments;
}

/** Reads a canonical path in every way that a deny rule must hold for. */
export function readPath(path: string): PathReadings {
  const exact = exactSegments(path);
  const isPlain = !path.includes('%') && isAscii(path);
  const lenient: (readonly string[])[] = [isPlain && path.toLowerCase() === path ? exact : exact.map(foldLeniently)];
  if (path.includes('%')) {
    // A server that decodes too early sees an encoded slash split the path, and an encoded “?” or “#” end it.
    const cut = path.search(/%3F|%23/);
    const beginnings = cut > 0 ? [path, path.slice(0, cut)] : [path];
    for (const beginning of beginnings) {
      if (beginning !== path) lenient.push(exactSegments(beginning).map(foldLeniently));
      if (beginning.includes('%2F')) lenient.push(splitFolded(beginning.replaceAll('%2F', '/')));
    }
  }
  // Windows servers drop dots and spaces at the end of a segment.
  const trimmed = lenient
    .filter((reading) => reading.some(endsLoosely))
    .map((reading) => reading.map(trimEnd).filter((segment) => segment !== ''));
  return { exact, lenient: trimmed.length === 0 ? lenient : [...lenient, ...trimmed], isPlain };
}

function splitFolded(path: string): readonly string[] {
  return exactSegments(path)
    .filter((segment) => segment !== '')
    .map(foldLeniently);
}

function endsLoosely(segment: string): boolean {
  return segment.endsWith('.') || segment.endsWith(' ');
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7e) return false;
  return true;
}

function trimEnd(segment: string): string {
  let end = segment.length;
  while (end > 0 && (segment[end - 1] === '.' || segment[end - 1] === ' ')) end -= 1;
  return segment.slice(0, end);
}
