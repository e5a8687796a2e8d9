import { StringDecoder } from 'node:string_decoder';

/** Cuts bytes into lines of JSON; `push` gives the values of the lines that have become whole. */
export interface LineReader {
  /** @throws RangeError when a line is longer than allowed; SyntaxError when one is no JSON */
  push(bytes: Buffer): readonly unknown[];
}

/** Reads lines of at most this many characters; nothing longer is ever held. */
export function createLineReader(maxCharacters: number): LineReader {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return {
    push(bytes) {
      const lines = `${rest}${decoder.write(bytes)}`.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > maxCharacters || lines.some((line) => line.length > maxCharacters)) {
        rest = '';
        throw new RangeError(`A line is longer than ${maxCharacters} characters.`);
      }
      return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as unknown);
    },
  };
}
