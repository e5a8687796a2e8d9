import { expect, test } from 'vitest';
import { MessagePool } from '../../../shared/tunnel/message-pool.ts';

const slabBytes = 300_000;

function countingPool(): { pool: MessagePool; allocated: () => number } {
  let allocated = 0;
  const pool = new MessagePool((bytes) => {
    allocated += 1;
    return new Uint8Array(bytes);
  }, slabBytes);
  return { pool, allocated: () => allocated };
}

test('a large message’s memory is used again once it is released', () => {
  const { pool, allocated } = countingPool();
  pool.release(pool.take(100_000));
  expect(pool.take(200_000).length).toBe(200_000);
  expect(allocated()).toBe(1);
});

test('a message that was copied into memory of its own is not taken for a whole slab', () => {
  const { pool, allocated } = countingPool();
  pool.release(new Uint8Array(pool.take(100_000)));
  expect(pool.take(200_000).length).toBe(200_000);
  expect(allocated()).toBe(2);
});

test('memory of a quiet tunnel is given back', () => {
  const { pool, allocated } = countingPool();
  pool.release(pool.take(100_000));
  pool.trim();
  pool.take(100_000);
  expect(allocated()).toBe(2);
});
