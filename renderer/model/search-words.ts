/** What a search asks for: its words, without a difference between capital and small letters. */
export function searchWords(search: string): readonly string[] {
  return search
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Whether a text, in small letters, has all of the words, in any order. */
export function hasWords(said: string, words: readonly string[]): boolean {
  return words.every((word) => said.includes(word));
}
