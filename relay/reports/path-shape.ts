const maxSegments = 6;

/**
 * What paths of the same kind have in common: segments with a digit or of more than 32 characters become `*`, and what
 * follows the sixth `**`. Pure.
 */
export function pathShape(path: string): string {
  const segments = path.split('/');
  const shown = segments
    .slice(0, maxSegments + 1)
    .map((segment) => (segment.length > 32 || /\d/.test(segment) ? '*' : segment))
    .join('/');
  return segments.length > maxSegments + 1 ? `${shown}/**` : shown;
}
