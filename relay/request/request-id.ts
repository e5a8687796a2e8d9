import { randomBytes } from 'node:crypto';

/** 96 random bits in base64url: short enough to quote, never repeated. */
export function newRequestId(): string {
  if (idOffset + 12 > idPool.length) {
    idPool = randomBytes(1200);
    idOffset = 0;
  }
  const id = idPool.toString('base64url', idOffset, idOffset + 12);
  idOffset += 12;
  return id;
}

let idPool = randomBytes(1200);
let idOffset = 0;
