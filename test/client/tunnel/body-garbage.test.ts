import { expect, test, vi } from 'vitest';
import { bodyGarbage } from '../../../client/tunnel/body-garbage.ts';

const flags = vi.hoisted((): string[] => []);
vi.mock('node:v8', () => ({
  setFlagsFromString: (flag: string) => flags.push(flag),
  getHeapStatistics: () => ({ used_heap_size: 0 }),
}));
vi.mock('node:vm', () => ({ runInNewContext: () => () => undefined }));

test('V8’s flags are left alone, unless the process asks for it', () => {
  bodyGarbage.passed(1_000_000_000);
  expect(flags).toEqual([]);
  bodyGarbage.freeEarly();
  bodyGarbage.passed(1_000_000_000);
  expect(flags).toContain('--no-incremental-marking');
});
