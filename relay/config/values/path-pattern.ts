import { canonicalPath, type PathForm } from '../../../shared/canonical-path.ts';

/** One segment of a pattern, cut at its stars: one piece is a literal, several have a `*` between them. */
type SegmentPattern = readonly string[];

/**
 * A path pattern, ready to match. Blocks are what stands between `**`; a pattern without `**` has one block. Matching
 * takes the leftmost place for each block and never goes back, so its time is bounded by path length × pattern length.
 */
export interface PathPattern {
  readonly source: string;
  readonly blocks: readonly (readonly SegmentPattern[])[];
}

const maxSegments = 64;
const maxWildcards = 16;

/** Says why a pattern can't be used, with what to write instead, or returns undefined when it can. */
export function pathPatternProblem(
  source: string,
  options: { readonly allow: readonly PathForm[] },
): string | undefined {
  if (!source.startsWith('/')) return 'must begin with “/”';
  if (/[?#]/.test(source)) return 'must hold neither “?” nor “#”: rules look at the path only, not at the query';
  const segments = segmentsOf(source);
  if (segments.length > maxSegments) return `has ${segments.length} segments; at most ${maxSegments} are allowed`;
  const wildcards = segments.reduce((sum, segment) => sum + (segment === '**' ? 1 : segment.split('*').length - 1), 0);
  if (wildcards > maxWildcards) return `has ${wildcards} wildcards; at most ${maxWildcards} are allowed`;
  const glued = segments.find((segment) => segment !== '**' && segment.includes('**'));
  if (glued !== undefined)
    return `has “**” inside the segment “${glued}”; “**” must stand alone between slashes, “*” may be part of one`;
  if (segments.some((segment, index) => segment === '**' && segments[index + 1] === '**'))
    return 'has “**” twice in a row; once means the same';
  const canonical = canonicalPath(escapeText(source), options);
  if (canonical.status === 'refused') return `could never match: such a path is refused. ${canonical.detail}`;
  return undefined;
}

/** Compiles a pattern that `pathPatternProblem` accepts. `fold` is put on each literal piece, as on the path's segments. */
export function compilePathPattern(source: string, fold: (text: string) => string): PathPattern {
  const blocks: SegmentPattern[][] = [[]];
  for (const segment of segmentsOf(source)) {
    if (segment === '**') blocks.push([]);
    else blocks.at(-1)?.push(segment.split('*').map((piece) => fold(decodePiece(piece))));
  }
  return { source, blocks };
}

/** The segments before the first wildcard: whatever the pattern matches begins with them. */
export function literalBeginning({ blocks }: PathPattern): readonly string[] {
  const literals: string[] = [];
  for (const [literal, ...more] of blocks[0] ?? []) {
    if (literal === undefined || more.length > 0) break;
    literals.push(literal);
  }
  return literals;
}

/** How a segment is compared with its pattern; `isLast` tells of the path’s last one. */
type MatchSegment = (pieces: SegmentPattern, segment: string, isLast: boolean) => boolean;

/** Whether the pattern matches a path, given as its decoded and folded segments without a trailing empty one. */
export function matchesPath(
  pattern: PathPattern,
  segments: readonly string[],
  matches: MatchSegment = matchesSegment,
): boolean {
  const { blocks } = pattern;
  const first = blocks[0] ?? [];
  const matchesAt = (block: readonly SegmentPattern[], from: number): boolean => {
    for (let index = 0; index < block.length; index += 1) {
      const at = from + index;
      if (!matches(block[index] ?? [''], segments[at] ?? '', at === segments.length - 1)) return false;
    }
    return true;
  };
  if (blocks.length === 1) return first.length === segments.length && matchesAt(first, 0);
  const last = blocks[blocks.length - 1] ?? [];
  const end = segments.length - last.length;
  if (first.length > end || !matchesAt(first, 0) || !matchesAt(last, end)) return false;
  let from = first.length;
  for (let index = 1; index < blocks.length - 1; index += 1) {
    const block = blocks[index] ?? [];
    while (from + block.length <= end && !matchesAt(block, from)) from += 1;
    if (from + block.length > end) return false;
    from += block.length;
  }
  return true;
}

/** Whether `wide` certainly matches every path that `narrow` matches. May say no where a closer look would say yes. */
export function coversPattern(wide: PathPattern, narrow: PathPattern): boolean {
  if (wide.source === narrow.source) return true;
  const [head = [], tail] = wide.blocks;
  if (wide.blocks.length > 2 || (tail !== undefined && tail.length > 0)) return false;
  const narrowHead = narrow.blocks[0] ?? [];
  if (tail === undefined && (narrow.blocks.length > 1 || narrowHead.length !== head.length)) return false;
  return (
    narrowHead.length >= head.length &&
    head.every((segment, index) => coversSegment(segment, narrowHead[index] ?? ['']))
  );
}

function coversSegment(wide: SegmentPattern, narrow: SegmentPattern): boolean {
  return (wide.length === 2 && wide[0] === '' && wide[1] === '') || wide.join('*') === narrow.join('*');
}

function matchesSegment(pieces: SegmentPattern, segment: string): boolean {
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return segment === first;
  // “*” alone stands for at least one character; empty segments reach here where an API asks for them.
  if (segment === '') return false;
  const last = pieces[pieces.length - 1] ?? '';
  const end = segment.length - last.length;
  const from = placeInner(pieces, segment);
  return from >= 0 && from <= end && segment.endsWith(last);
}

/**
 * Compares as deny rules do: behind the name may stand what servers drop: matrix parameters (`;x`), a stream of NTFS
 * (`::$DATA`), dots and spaces, and in the path’s last segment an ending (`.json`).
 */
export function matchesLeniently(pieces: SegmentPattern, segment: string, isLast: boolean): boolean {
  const last = pieces[pieces.length - 1] ?? '';
  if (pieces.length === 1) return segment.startsWith(last) && mayEndAt(segment, last.length, isLast);
  let at = placeInner(pieces, segment);
  if (at < 0) return false;
  if (last === '') return true;
  for (at = segment.indexOf(last, at); at >= 0; at = segment.indexOf(last, at + 1))
    if (mayEndAt(segment, at + last.length, isLast)) return true;
  return false;
}

/** A name without what `matchesLeniently` lets stand behind it: equal for all that it takes for the same. */
export function bareName(segment: string): string {
  for (let end = 0; end < segment.length; end += 1) {
    const code = segment.charCodeAt(end);
    if (code === 0x2e || code === 0x20 || code === 0x3a || code === 0x3b) return segment.slice(0, end);
  }
  return segment;
}

function mayEndAt(segment: string, end: number, isLast: boolean): boolean {
  for (let index = end; index < segment.length; index += 1) {
    const character = segment[index];
    if (character === ';' || character === ':' || (isLast && character === '.')) return true;
    if (character !== '.' && character !== ' ') return false;
  }
  return true;
}

/** Puts all pieces but the last, each at its leftmost place; returns where they end, or -1. */
function placeInner(pieces: SegmentPattern, segment: string): number {
  const first = pieces[0] ?? '';
  if (!segment.startsWith(first)) return -1;
  let from = first.length;
  for (let index = 1; index < pieces.length - 1; index += 1) {
    const piece = pieces[index] ?? '';
    const at = segment.indexOf(piece, from);
    if (at < 0) return -1;
    from = at + piece.length;
  }
  return from;
}

function segmentsOf(source: string): readonly string[] {
  const segments = source.split('/').slice(1);
  return segments.at(-1) === '' ? segments.slice(0, -1) : segments;
}

function decodePiece(piece: string): string {
  return /^[\w.~-]*$/.test(piece) ? piece : decodeURIComponent(escapeText(piece));
}

/** People write patterns as text: spaces and letters outside ASCII are encoded before they are judged. */
function escapeText(source: string): string {
  return source.replaceAll(/[ \u{80}-\u{10ffff}]/gu, (character) => encodeURIComponent(character.toWellFormed()));
}
