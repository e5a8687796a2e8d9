/**
 * The Huffman code of HPACK (RFC 7541 §5.2, Appendix B). It is canonical, so the length of each symbol's code in bits
 * is all there is to know; the last is EOS.
 */
const lengths = [
  '13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28',
  '6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10',
  '13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6',
  '15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28',
  '20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24',
  '22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23',
  '26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27',
  '20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26',
  '30',
].flatMap((line) => line.split(' ').map(Number));

const eos = 256;
const fails = 0x10000;
const emits = 0x20000;

/** Steps of four bits: the next state, and a symbol if one is complete (none is shorter than four bits). */
const steps = new Int32Array(256 * 16);
/** In these states the string may end: what is left is at most seven bits, the beginning of EOS. */
const mayEnd = new Uint8Array(256);

/** A child is an inner node's number, or ~symbol, or 0 while there is none. */
function buildTree(): [number, number][] {
  const nodes: [number, number][] = [[0, 0]];
  const symbols = lengths.map((length, symbol) => ({ length, symbol }));
  symbols.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  let code = 0;
  let before = 0;
  for (const { length, symbol } of symbols) {
    code *= 2 ** (length - before);
    before = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit -= 1) {
      const side = (code >>> bit) & 1;
      const pair = nodes[node] as [number, number];
      if (pair[side] === 0) pair[side] = nodes.push([0, 0]) - 1;
      node = pair[side] as number;
    }
    (nodes[node] as [number, number])[code & 1] = ~symbol;
    code += 1;
  }
  return nodes;
}

function buildSteps(): void {
  const nodes = buildTree();
  for (const state of nodes.keys()) {
    for (let four = 0; four < 16; four += 1) {
      let step = 0;
      let node = state;
      for (let bit = 3; bit >= 0; bit -= 1) {
        const child = nodes[node]?.[(four >>> bit) & 1] ?? 0;
        node = Math.max(child, 0);
        if (child === ~eos) step |= fails;
        else if (child < 0) step |= emits | (~child << 8);
      }
      steps[state * 16 + four] = step | node;
    }
  }
  for (let node = 0, bits = 0; bits < 8; bits += 1) {
    mayEnd[node] = 1;
    node = nodes[node]?.[1] ?? 0;
  }
}

buildSteps();

/** No code is shorter than five bits: so many bytes can come of one. */
const mostPerByte = 8 / 5;
let scratch = Buffer.allocUnsafe(4096);

/** Reads a string of this code as Latin-1; null when it isn't one (RFC 7541 §5.2). */
export function readHuffman(bytes: Uint8Array, start: number, end: number): string | null {
  const most = Math.ceil((end - start) * mostPerByte);
  if (most > scratch.length) scratch = Buffer.allocUnsafe(most);
  const out = scratch;
  let length = 0;
  let state = 0;
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index] as number;
    const first = steps[state * 16 + (byte >>> 4)] as number;
    if ((first & emits) !== 0) out[length++] = (first >>> 8) & 0xff;
    const second = steps[(first & 0xff) * 16 + (byte & 15)] as number;
    if ((second & emits) !== 0) out[length++] = (second >>> 8) & 0xff;
    if (((first | second) & fails) !== 0) return null;
    state = second & 0xff;
  }
  return mayEnd[state] === 1 ? out.toString('latin1', 0, length) : null;
}
