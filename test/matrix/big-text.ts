/** Text to send, 30 MB unless told otherwise. */
export function bigText(bytes = 30_000_000): Buffer {
  return Buffer.alloc(bytes, 'thirty million bytes of text\n');
}
