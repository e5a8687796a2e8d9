/** A command of a POSIX shell with these words, whatever is in them (XCU 2.2.2). @throws Error for a NUL, which none can hold */
export function shellCommand(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (word.includes('\0')) throw new Error('A word of a command can’t hold a NUL.');
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
