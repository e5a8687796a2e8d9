import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { acceptConnections } from '../../../relay/workers/accept-connections.ts';
import type { WorkerSlot } from '../../../relay/workers/worker-slot.ts';

/** A worker that keeps what it is given. */
class Taker {
  isUp = true;
  isAway = false;
  connections = 0;
  readonly worker: number;
  readonly given: Socket[] = [];

  constructor(worker: number) {
    this.worker = worker;
  }

  give(socket: Socket): void {
    this.connections += 1;
    this.given.push(socket);
  }
}

/** Opens one connection after the other; the numbers of the workers that got them. */
async function given(takers: readonly Taker[], tunnels: Readonly<Record<number, number>>, count: number) {
  const slots = takers as unknown as readonly WorkerSlot[];
  const acceptor = await acceptConnections({ host: '127.0.0.1', port: 0 }, slots, (slot) => tunnels[slot.worker] ?? 0);
  const sockets: Socket[] = [];
  onTestFinished(() => {
    acceptor.close();
    for (const socket of [...sockets, ...takers.flatMap((taker) => taker.given)]) socket.destroy();
  });
  const got: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const before = takers.map((taker) => taker.given.length);
    const socket = connect(acceptor.address.port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    await expect
      .poll(() => takers.findIndex((taker, at) => taker.given.length > (before[at] ?? 0)))
      .toBeGreaterThan(-1);
    got.push(takers.find((taker, at) => taker.given.length > (before[at] ?? 0))?.worker ?? 0);
  }
  return got;
}

it('gives a connection to the worker without a tunnel, although clients keep idle connections there', async () => {
  const [one, other] = [new Taker(1), new Taker(2)];
  one.connections = 6;
  other.connections = 1;
  expect(await given([one, other], { 2: 1 }, 3)).toEqual([1, 1, 1]);
});

it('spreads many at once, before any of them is known to be a tunnel', async () => {
  const takers = [new Taker(1), new Taker(2)];
  const got = await given(takers, { 2: 1 }, 60);
  expect(got.filter((worker) => worker === 2).length).toBeGreaterThan(20);
});

it('gives drained workers nothing, unless there is no other', async () => {
  const [one, other] = [new Taker(1), new Taker(2)];
  other.isAway = true;
  expect(await given([one, other], {}, 3)).toEqual([1, 1, 1]);
  one.isUp = false;
  expect(await given([one, other], {}, 2)).toEqual([2, 2]);
});
