import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { BulkGarbage } from '../../../shared/tunnel/bulk-garbage.ts';

const megabyte = 1_048_576;

/** A collector whose heap has a size of our choosing; what it is told is written down. */
function watched(heapBytes: () => number): { garbage: BulkGarbage; told: string[]; wait: () => void } {
  const told: string[] = [];
  const waiting: (() => void)[] = [];
  const garbage = new BulkGarbage(
    {
      setFlagsFromString: (flags) => told.push(flags),
      getHeapStatistics: () => ({ used_heap_size: heapBytes() }),
      runInNewContext: () => () => told.push('collect'),
    },
    (callback) => waiting.push(callback),
  );
  return { garbage, told, wait: () => waiting.splice(0).forEach((callback) => callback()) };
}

const begun = ['--no-incremental-marking', '--expose-gc', '--no-expose-gc'];

test('less than 8 MB changes nothing', () => {
  const { garbage, told } = watched(() => 50 * megabyte);
  for (let count = 0; count < 7; count += 1) garbage.passed(megabyte);
  expect(told).toEqual([]);
});

test('every 8 MB the young generation is collected, and marking waits until the flow has stopped', () => {
  const { garbage, told, wait } = watched(() => 50 * megabyte);
  for (let count = 0; count < 16; count += 1) garbage.passed(megabyte);
  expect(told).toEqual([...begun, 'collect', 'collect']);
  wait();
  garbage.passed(8 * megabyte);
  wait();
  expect(told).toEqual([...begun, 'collect', 'collect', 'collect']);
  wait();
  expect(told.at(-1)).toBe('--incremental-marking');
  garbage.passed(8 * megabyte);
  expect(told.slice(-2)).toEqual(['--no-incremental-marking', 'collect']);
});

test('a large heap is left to V8, also one that has grown meanwhile', () => {
  let heap = 500 * megabyte;
  const { garbage, told, wait } = watched(() => heap);
  garbage.passed(8 * megabyte);
  expect(told).toEqual([]);
  heap = 50 * megabyte;
  garbage.passed(8 * megabyte);
  expect(told).toEqual([...begun, 'collect']);
  heap = 500 * megabyte;
  garbage.passed(8 * megabyte);
  wait();
  expect(told.at(-1)).toBe('--incremental-marking');
});

test('with Node’s own collector, buffers that nobody holds are freed without marking the heap', () => {
  const garbage = new BulkGarbage({ setFlagsFromString, getHeapStatistics, runInNewContext }, () => undefined);
  const most = 64 * megabyte;
  const before = process.memoryUsage().arrayBuffers;
  let highest = 0;
  for (let passed = 0; passed < 4 * most; passed += 65_536) {
    garbage.passed(Buffer.alloc(65_536).length);
    highest = Math.max(highest, process.memoryUsage().arrayBuffers - before);
  }
  setFlagsFromString('--incremental-marking');
  expect(highest).toBeLessThan(most);
});
