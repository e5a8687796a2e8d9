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

  test.each<[string, readonly ('client' | 'relay')[]]>([
    ['both ways', ['client', 'relay']],
    ['on the way back', ['client']],
  ])(
    'calls go on when packets were dropped silently %s',
    async (_what, toward) => {
      await nomad.begin();
      const postsBefore = await nomad.posts();
      nomad.goOn('before');
      const before = nomad.states.length;
      nomad.namespaces.swallow(...toward);
      nomad.goOn('into the void');
      const lost = await nomad.waitForState('reconnecting', before);
      expect(lost.state).toMatchObject({ status: 'reconnecting', problem: { detail: expect.any(String) as string } });
      const mendedAtMs = Date.now();
      nomad.namespaces.swallow();
      const open = await nomad.waitForState('open', nomad.states.indexOf(lost));
      expect(open.atMs - mendedAtMs, 'back soon after the link is usable').toBeLessThan(longestMs);
      nomad.goOn('after');
      pieces += 3;
      expect(await nomad.finish()).toEqual(
        wholeOutcome(['before', 'into the void', 'after'], [pieces - 2, pieces - 1, pieces]),
      );
      expect(await nomad.posts()).toBe(postsBefore + 3);
    },
    120_000,
  );
});
