import { afterAll, beforeAll, expect, test } from 'vitest';
import { frameType } from '../../shared/tunnel/protocol.ts';
import { encodeResumption } from '../../shared/tunnel/resumption.ts';
import { type IssuedCertificate, makeDeviceAuthority } from '../support/device-authority.ts';
import { control, dial, hello, openTunnel, type RawTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

let world: TunnelWorld;
let own: IssuedCertificate;
let other: IssuedCertificate;

beforeAll(async () => {
  const [started, authority] = await Promise.all([
    startTunnelWorld({ clientCertificates: true }),
    makeDeviceAuthority(),
  ]);
  world = started;
  [own, other] = await Promise.all([authority.issue('laptop-1.example.com'), authority.issue('laptop-2.example.com')]);
});
afterAll(() => world.close());

const tokenBoundTo = (certificate: IssuedCertificate | null): Promise<string> =>
  world.issuer.token('ann', 3600, certificate === null ? {} : { cnf: { 'x5t#S256': certificate.thumbprint } });

/** Dials with a token that is bound to one certificate over a connection that shows another one, or none. */
async function dialWith(bound: IssuedCertificate | null, shown: IssuedCertificate | null) {
  const token = await tokenBoundTo(bound);
  return await dial(world, 'ann', { token, ...(shown === null ? {} : { cert: shown.cert, key: shown.key }) });
}

/** A welcomed tunnel of a token bound to `own`, or of an unbound one, over a connection that shows `own`. */
async function welcomed(bound: IssuedCertificate | null): Promise<{ tunnel: RawTunnel; resumeToken: unknown }> {
  const { cert, key } = own;
  const tunnel = await openTunnel(world, 'ann', { token: await tokenBoundTo(bound), cert, key });
  tunnel.send(hello);
  const { resumeToken } = await tunnel.waitForControl('welcome');
  return { tunnel, resumeToken };
}

test('a bound token is refused without its certificate, and opens a tunnel with it', async () => {
  expect(await dialWith(own, null)).toEqual({ status: 401, code: 'token-rejected' });
  expect(await dialWith(own, other)).toEqual({ status: 401, code: 'token-rejected' });
  const dialed = await dialWith(own, own);
  expect(dialed.status).toBe(101);
  if ('tunnel' in dialed) await dialed.tunnel.close();
});

test.each([
  ['a token bound to another certificate', () => dialWith(other, other)],
  ['a token that is bound to none', () => dialWith(null, own)],
])('a stolen resume token is useless with %s, and ends the tunnel that it was stolen from', async (_what, thief) => {
  const { tunnel: victim, resumeToken } = await welcomed(own);
  const dialed = await thief();
  if (!('tunnel' in dialed)) throw new Error(`The relay refused with ${dialed.status}.`);
  dialed.tunnel.socket.send(encodeResumption(frameType.resume, { token: resumeToken, received: 0 }));
  await dialed.tunnel.waitFor(({ type }) => type === frameType.resumeRefused);
  expect(await victim.closed).toBe(4403);
  await dialed.tunnel.close();
});

test('a tunnel isn’t renewed by a token that is bound to another certificate, or to none', async () => {
  const { tunnel } = await welcomed(own);
  for (const certificate of [other, null]) {
    tunnel.frames.length = 0;
    tunnel.send(control({ type: 'renew', token: await tokenBoundTo(certificate) }));
    expect(await tunnel.waitForControl('renewal-refused')).toMatchObject({ code: 'token-rejected' });
  }
  tunnel.send(control({ type: 'renew', token: await tokenBoundTo(own) }));
  await tunnel.waitForControl('renewed');
  await tunnel.close();
});
