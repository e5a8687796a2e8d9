import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';
import { type RogueUpstream, startRogueUpstream } from '../pipeline/start-rogue-upstream.ts';
import { type RawHttp2Upstream, startRawHttp2Upstream } from './start-raw-http2-upstream.ts';

/** A relay before two upstreams that answer as they are told, by the bytes: `plain` speaks HTTP/1.1, `multiplexed` HTTP/2. */
export interface TwoUpstreams {
  readonly plain: RogueUpstream;
  readonly multiplexed: RawHttp2Upstream;
  readonly world: PipelineWorld;
  close(): Promise<void>;
}

/** Starts all three; the relay waits so long for an answer’s first byte. */
export async function startTwoUpstreams(timeoutSeconds: number): Promise<TwoUpstreams> {
  const plain = await startRogueUpstream();
  const multiplexed = await startRawHttp2Upstream();
  const timeout = { timeout_seconds: timeoutSeconds };
  const world = await startPipelineWorld({
    apis: [
      { id: 'plain', name: 'Plain', upstream: plain.url, ...timeout },
      { id: 'multiplexed', name: 'Multiplexed', upstream: multiplexed.url, protocol: 'http2', ...timeout },
    ],
  });
  return {
    plain,
    multiplexed,
    world,
    async close() {
      await world.close();
      await plain.close();
      await multiplexed.close();
    },
  };
}
