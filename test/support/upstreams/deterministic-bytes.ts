import { createCipheriv, createHash } from 'node:crypto';

const chunkBytes = 1_048_576;
const digests = new Map<number, string>();

/** Yields the same pseudo-random bytes on every call (AES-256-CTR key stream of a zero key), in chunks of 1 MiB. */
export function* deterministicBytes(totalBytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16));
  const zeros = Buffer.alloc(chunkBytes);
  for (let left = totalBytes; left > 0; left -= chunkBytes) {
    yield cipher.update(left >= chunkBytes ? zeros : zeros.subarray(0, left));
  }
}

/** SHA-256 of {@link deterministicBytes}, in hexadecimal; worked out once for each size. */
export function deterministicDigest(totalBytes: number): string {
  const known = digests.get(totalBytes);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (const chunk of deterministicBytes(totalBytes)) hash.update(chunk);
  const digest = hash.digest('hex');
  digests.set(totalBytes, digest);
  return digest;
}
