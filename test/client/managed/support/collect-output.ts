import { Writable } from 'node:stream';

/** A stream that keeps what is written to it. */
export function collect(): { readonly out: Writable; readonly text: () => string } {
  const chunks: string[] = [];
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { out, text: () => chunks.join('') };
}
