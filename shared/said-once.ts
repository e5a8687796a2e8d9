/**
 * A failure's text without what it says again: reasons are handed on from layer to layer, and two of them may add the same
 * one. `a: b.: b.` becomes `a: b.`, and `a. a.` becomes `a.`
 */
export function saidOnce(text: string): string {
  const sentences = text.split(/(?<=[.!?]) (?=\S)/).map(withoutRepeatedReason);
  return sentences.filter((sentence, index) => sentence !== sentences[index - 1]).join(' ');
}

function withoutRepeatedReason(sentence: string): string {
  const parts = sentence.split(': ');
  const bare = parts.map((part) => part.replace(/\.$/, ''));
  const kept = bare.filter((part, index) => part.length < 4 || !bare.slice(0, index).includes(part));
  if (kept.length === parts.length) return sentence;
  return `${kept.join(': ')}${sentence.endsWith('.') ? '.' : ''}`;
}
