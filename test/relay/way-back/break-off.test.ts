import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PipelineWorld } from '../pipeline/pipeline-world.ts';
import type { RogueUpstream } from '../pipeline/start-rogue-upstream.ts';
import { type CallerProtocol, callBothWays } from './call-both-ways.ts';
import type { RawHttp2Request, RawHttp2Upstream } from './start-raw-http2-upstream.ts';
import { startTwoUpstreams, type TwoUpstreams } from './start-two-upstreams.ts';

const callers: readonly CallerProtocol[] = ['HTTP/1.1', 'HTTP/2'];
const moments = ['before the head', 'behind the head', 'in the body', 'in the body, later'] as const;

describe('an answer that breaks off', () => {
  let plain: RogueUpstream;
  let multiplexed: RawHttp2Upstream;
  let world: PipelineWorld;
  let upstreams: TwoUpstreams;
  beforeAll(async () => {
    upstreams = await startTwoUpstreams(5);
    ({ plain, multiplexed, world } = upstreams);
  });
  afterAll(() => upstreams?.close());

  const outcome = () => world.decisions(1)[0]?.outcome;

  async function expectCut(api: string, caller: CallerProtocol, moment: (typeof moments)[number]): Promise<void> {
    // A method that is not repeated.
    const seen = await callBothWays(world.port(api), caller, { method: 'DELETE' });
    if (moment === 'before the head') {
      expect(seen).toMatchObject({ status: 502, whole: true });
      expect(JSON.parse(seen.body)).toMatchObject({ code: expect.stringMatching(/^upstream-/) });
    } else if (seen.status !== 502) {
      expect(seen).toMatchObject({ status: 200, whole: false });
    }
    await expect.poll(outcome).toMatchObject({ outcome: expect.stringMatching(/^(?:aborted|unknown)$/) });
  }

  const afterwards = (moment: (typeof moments)[number], end: () => void): void => {
    if (moment === 'in the body, later') setTimeout(end, 150);
    else end();
  };

  const plainHeads = {
    'with a length': 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n',
    'in chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
  } as const;
  const plainEnds = ['FIN', 'RST'] as const;

  describe.each(callers)('to a caller of %s', (caller) => {
    describe.each(moments)('from HTTP/1.1 %s', (moment) => {
      it.each(Object.entries(plainHeads).flatMap(([form, head]) => plainEnds.map((end) => [end, form, head] as const)))(
        'by %s, %s, is visibly cut and recorded as such',
        async (end, _form, head) => {
          plain.behave(({ socket }) => {
            if (moment !== 'before the head') socket.write(head);
            if (moment.startsWith('in the body')) socket.write(head.includes('chunked') ? '5\r\nfirst\r\n' : 'first');
            afterwards(moment, () => {
              if (end === 'FIN') socket.end();
              else setImmediate(() => socket.resetAndDestroy());
            });
          });
          await expectCut('plain', caller, moment);
          expect(plain.requests).toHaveLength(1);
        },
      );
    });

    const ends: readonly (readonly [string, (request: RawHttp2Request) => void])[] = [
      ['RST_STREAM(NO_ERROR)', (request) => request.reset(0)],
      ['RST_STREAM(INTERNAL_ERROR)', (request) => request.reset(2)],
      ['RST_STREAM(CANCEL)', (request) => request.reset(8)],
      [
        'GOAWAY and FIN',
        (request) => {
          request.goAway();
          request.socket.end();
        },
      ],
      ['FIN', ({ socket }) => socket.end()],
      ['RST', ({ socket }) => setImmediate(() => socket.resetAndDestroy())],
      ['a frame that is none', ({ socket }) => socket.write(Buffer.alloc(64, 0xff))],
    ];
    describe.each(moments)('from HTTP/2 %s', (moment) => {
      it.each(ends)('by %s is visibly cut and recorded as such', async (_name, end) => {
        multiplexed.behave((request) => {
          if (moment !== 'before the head') request.head('200');
          if (moment.startsWith('in the body')) request.data('first');
          afterwards(moment, () => end(request));
        });
        await expectCut('multiplexed', caller, moment);
        expect(multiplexed.count).toBe(1);
      });
    });

    it.each([
      ['nothing at all', () => undefined],
      ['a push and a broken frame', pushAndBreak],
      ['hints without end', hintWithoutEnd],
    ])('from HTTP/2 with %s in place of a head ends in time', async (_what, behave) => {
      multiplexed.behave(behave);
      const seen = await callBothWays(world.port('multiplexed'), caller);
      expect([502, 504]).toContain(seen.status);
      await expect.poll(outcome).toMatchObject({ outcome: 'unknown' });
    });

    it('from HTTP/1.1 with hints without end ends in time', async () => {
      plain.behave(({ socket }) => {
        const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'), 20);
        socket.once('close', () => clearInterval(timer));
      });
      expect(await callBothWays(world.port('plain'), caller)).toMatchObject({ status: 504 });
      await expect.poll(outcome).toMatchObject({ outcome: 'unknown' });
    });

    it.each([
      ['204', '204', 'GET'],
      ['304', '304', 'GET'],
      ['an answer to HEAD', '200', 'HEAD'],
    ])('from HTTP/2 is not confused with %s, which is a head alone', async (_what, status, method) => {
      multiplexed.behave((request) => request.head(status, [['x-a', 'b']], true));
      const seen = await callBothWays(world.port('multiplexed'), caller, { method });
      expect(seen).toMatchObject({ status: Number(status), whole: true, body: '', headers: { 'x-a': 'b' } });
      await expect.poll(outcome).toMatchObject({ outcome: 'completed' });
    });

    it.each([
      ['5', true],
      ['6', false],
    ])('from HTTP/2 without END_STREAM is whole only by its own length (%s)', async (length, whole) => {
      multiplexed.behave((request) => {
        request.head('200', [['content-length', length]]);
        request.data('first');
        request.reset(0);
      });
      const seen = await callBothWays(world.port('multiplexed'), caller, { method: 'DELETE' });
      expect(seen.whole && seen.status === 200).toBe(whole);
    });

    it.each(['GET', 'HEAD', 'OPTIONS'])(
      'from HTTP/2 before the head by REFUSED_STREAM is asked for once more (%s)',
      async (method) => {
        multiplexed.behave((request) => {
          if (multiplexed.count === 1) request.reset(7);
          else request.head('200', [], true);
        });
        const seen = await callBothWays(world.port('multiplexed'), caller, { method });
        expect(seen).toMatchObject({ status: 200, whole: true });
        expect(multiplexed.count).toBe(2);
      },
    );
  });

  it('keeps a head that is an answer in one frame, as gRPC’s errors are', async () => {
    multiplexed.behave((request) => request.head('200', [['grpc-status', '12']], true));
    const seen = await callBothWays(world.port('multiplexed'), 'HTTP/2', { method: 'POST' });
    expect(seen).toMatchObject({ status: 200, whole: true, headOnly: true, headers: { 'grpc-status': '12' } });
  });
});

function pushAndBreak({ socket, streamId }: RawHttp2Request): void {
  const promised = Buffer.alloc(4);
  promised.writeUInt32BE(2);
  // :method GET, :scheme http, :path / from the static table, and an authority.
  const block = Buffer.concat([promised, Buffer.from([0x82, 0x86, 0x84]), Buffer.from([0x01, 1, 0x61])]);
  const head = Buffer.alloc(9);
  head.writeUIntBE(block.length, 0, 3);
  head[3] = 5;
  head[4] = 4;
  head.writeUInt32BE(streamId, 5);
  socket.write(Buffer.concat([head, block]));
  setTimeout(() => socket.write(Buffer.alloc(64, 0xff)), 20);
}

function hintWithoutEnd(request: RawHttp2Request): void {
  const timer = setInterval(() => request.head('103', [['link', '</a>']]), 20);
  request.socket.once('close', () => clearInterval(timer));
}
