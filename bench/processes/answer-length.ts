/** Length of the whole answer once its head is there; null before. */
export function answerLength(text: string): number | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const length = /\r\ncontent-length: *(?<length>\d+)/iu.exec(text.slice(0, headEnd + 2))?.groups?.['length'];
  return headEnd + 4 + Number(length ?? 0);
}
