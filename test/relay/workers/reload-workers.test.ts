import { beforeEach, expect, test } from 'vitest';
import type { LoadedConfig } from '../../../relay/config/load-config.ts';
import { createReloads, type Reloads } from '../../../relay/workers/reload-workers.ts';
import type { ToWorker } from '../../../relay/workers/worker-messages.ts';

interface Slot {
  isRunning: boolean;
  generation: number;
  readonly told: ToWorker[];
  post(message: ToWorker): void;
}

const config = { path: 'relay.yaml' } as LoadedConfig;
let slots: Slot[];
let reloads: Reloads;

function slot(generation: number): Slot {
  const told: ToWorker[] = [];
  return { isRunning: true, generation, told, post: (message) => void told.push(message) };
}

/** The versions that a slot was told of. */
const versions = ({ told }: Slot): number[] =>
  told.flatMap((message) => ('version' in message ? [message.version] : []));

beforeEach(() => {
  slots = [slot(1), slot(2)];
  reloads = createReloads(() => slots);
});

test('resolves once every running worker has it in force', async () => {
  const done = reloads.reload(config);
  await expect.poll(() => slots.map(versions)).toEqual([[1], [1]]);
  reloads.heard(1, 1, null);
  reloads.heard(2, 1, null);
  expect(await done).toBeNull();
});

test('says why one refused', async () => {
  const done = reloads.reload(config);
  await expect.poll(() => slots.map(versions)).toEqual([[1], [1]]);
  reloads.heard(1, 1, 'no');
  reloads.heard(2, 1, null);
  expect(await done).toBe('no');
});

test('a worker that ends meanwhile is not waited for', async () => {
  const done = reloads.reload(config);
  await expect.poll(() => slots.map(versions)).toEqual([[1], [1]]);
  reloads.heard(1, 1, null);
  reloads.ended(2);
  expect(await done).toBeNull();
});

test('without any worker there is nothing to wait for', async () => {
  for (const each of slots) each.isRunning = false;
  expect(await reloads.reload(config)).toBeNull();
  expect(slots.flatMap(versions)).toEqual([]);
});

test('a second config waits for the first; late answers to the first don’t count for it', async () => {
  const [first, second] = [reloads.reload(config), reloads.reload(config)];
  await expect.poll(() => slots.map(versions)).toEqual([[1], [1]]);
  reloads.heard(1, 1, null);
  reloads.ended(2);
  expect(await first).toBeNull();
  await expect
    .poll(() => slots.map(versions))
    .toEqual([
      [1, 2],
      [1, 2],
    ]);
  reloads.heard(2, 1, 'late');
  reloads.heard(1, 2, null);
  reloads.heard(2, 2, null);
  expect(await second).toBeNull();
});
