import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireRelay } from '../../../relay/commands/running-relay.ts';
import type { Finding } from '../../../relay/doctor/finding.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

let world: TunnelWorld;
beforeAll(async () => void (world = await startTunnelWorld()), 120_000);
afterAll(() => world?.close());

const look = async (): Promise<readonly Finding[]> => {
  const { findings } = (await (await requireRelay(world.dataDir)).post('/admin/v1/relay/doctor', {})) as {
    findings: Finding[];
  };
  return findings;
};

it.skipIf(process.platform === 'win32')(
  'from inside a running relay: it is ready, holds its port, and its API answers, until it doesn’t',
  { timeout: 120_000 },
  async () => {
    const findings = await look();
    const of = (check: string): readonly Finding[] => findings.filter((finding) => finding.check === check);
    expect(of('relay')).toMatchObject([{ verdict: 'fine', found: expect.stringMatching(/runs and is ready/) }]);
    expect(of('ports')).toMatchObject([{ verdict: 'fine', found: 'It is held, and a relay runs.' }]);
    expect(of('audit')).toMatchObject([{ verdict: 'fine' }]);
    expect(of('providers')).toMatchObject([{ verdict: 'fine' }]);
    expect(of('upstreams')).toMatchObject([{ verdict: 'fine', subject: 'echo' }]);
    await world.echo.close();
    const [first, other] = await Promise.all([look(), look()]);
    // Who asks at once gets one and the same.
    expect(first).toEqual(other);
    expect(first.filter(({ check }) => check === 'upstreams')).toMatchObject([{ verdict: 'error', subject: 'echo' }]);
  },
);
