import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Nomad, startNomad, wholeOutcome } from './support/start-nomad.ts';
import { whyNoNamespaces } from './support/namespaces.ts';

const reason = whyNoNamespaces();
// 5 s on a machine that does nothing else.
const longestMs = 15_000;

describe.skipIf(reason !== null)(`between network namespaces${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let nomad: Nomad;
  let pieces = 0;

  beforeAll(async () => {
    nomad = await startNomad();
  });
  afterAll(() => nomad.close());

  /** Breaks the network while calls are under way, mends it, and sees them through. */
  async function livesThrough(breakIt: () => void, mendIt: () => void): Promise<void> {
    await nomad.begin();
    const postsBefore = await nomad.posts();
    nomad.goOn('before');
    const before = nomad.states.length;
    const sessionId = nomad.states.findLast(({ state }) => state.status === 'open')?.state;
    breakIt();
    nomad.goOn('while it is broken');
    const lost = await nomad.waitForState('reconnecting', before);
    expect(lost.state).toMatchObject({ status: 'reconnecting', problem: { detail: expect.any(String) as string } });
    const mendedAtMs = Date.now();
    mendIt();
    const open = await nomad.waitForState('open', nomad.states.indexOf(lost));
    expect(open.atMs - mendedAtMs, 'back soon after the link is usable').toBeLessThan(longestMs);
    expect(open.state).toMatchObject({ sessionId: sessionId?.status === 'open' ? sessionId.sessionId : '' });
    nomad.goOn('after');
    pieces += 3;
    const outcome = await nomad.finish();
    expect(outcome).toEqual(wholeOutcome(['before', 'while it is broken', 'after'], [pieces - 2, pieces - 1, pieces]));
    expect(await nomad.posts()).toBe(postsBefore + 3);
  }

  test('calls go on when the cable is pulled and plugged in again', async () => {
    const { namespaces } = nomad;
    await livesThrough(
      () => namespaces.setCable(false),
      () => namespaces.setCable(true),
    );
  });

  test('calls go on when the interface is switched off and on again', async () => {
    const { namespaces } = nomad;
    await livesThrough(
      () => namespaces.setInterface(false),
      () => namespaces.setInterface(true),
    );
  });

  test('calls go on when the computer gets another address', async () => {
    await livesThrough(
      () => nomad.namespaces.changeAddress(),
      () => undefined,
    );
  });
});
