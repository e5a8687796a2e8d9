const endOfHead = Buffer.from('\r\n\r\n');

/**
 * Whether a head in these bytes may ask for another protocol. Node's parser pauses behind such a head, and when the
 * protocol isn't taken it drops what else came in the same piece, which may be the caller's next request.
 */
export function mayAskForUpgrade(chunk: Buffer): boolean {
  return chunk.includes('pgrade') || chunk.includes('PGRADE');
}

/** The bytes in pieces that end with a head each, so that nothing comes behind a head in its own piece. */
export function cutBehindHeads(chunk: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (;;) {
    const end = chunk.indexOf(endOfHead, start);
    if (end === -1 || end + endOfHead.length === chunk.length) break;
    pieces.push(chunk.subarray(start, end + endOfHead.length));
    start = end + endOfHead.length;
  }
  pieces.push(chunk.subarray(start));
  return pieces;
}
