import { distance } from 'fastest-levenshtein';

/** “ Did you mean …?” for a likely slip of the pen, a word behind a sentence; else nothing. */
export function didYouMean(wrong: string, right: readonly string[]): string {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  const [best] = right
    .map((candidate) => ({ candidate, away: distance(plain(wrong.slice(0, 100)), plain(candidate)) }))
    .toSorted((a, b) => a.away - b.away);
  const isSlip = best !== undefined && best.away <= Math.max(1, Math.floor(best.candidate.length / 3));
  return isSlip ? ` Did you mean “${best.candidate}”?` : '';
}
