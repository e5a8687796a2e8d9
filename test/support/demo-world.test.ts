import { Agent, fetch as undiciFetch } from 'undici';
import { expect, test } from 'vitest';
import { discoveryDocumentSchema, discoveryPath } from '../../shared/discovery-document.ts';
import { startDemoWorld } from './demo-world.ts';

test('a configuration that can’t be used fails the start with the relay’s words, and leaves nothing running', async () => {
  let issuer = '';
  const start = startDemoWorld({
    configure: (config) => ({ ...config, issuers: [] }),
    onProgress: (part, url) => {
      if (part === 'idp') issuer = url;
    },
  });
  await expect(start).rejects.toThrow(/The relay has ended[^]*issuers/u);
  await expect(fetch(`${issuer}/jwks`)).rejects.toThrow();
});

test('the relay answers at its address with a certificate that the demo authority signed', async () => {
  const world = await startDemoWorld();
  const dispatcher = new Agent({ connect: { ca: world.ca } });
  try {
    await expect(fetch(`${world.relayUrl}${discoveryPath}`)).rejects.toThrow();
    const response = await undiciFetch(`${world.relayUrl}${discoveryPath}`, { dispatcher });
    const document = discoveryDocumentSchema.parse(await response.json());
    expect(document.issuers.map(({ issuer, clientId }) => ({ issuer, clientId }))).toEqual([
      { issuer: world.idp.issuer, clientId: 'causeway-desktop' },
    ]);
  } finally {
    await dispatcher.close();
    await world.close();
  }
  expect(() => process.kill(world.relay.pid, 0)).toThrow();
});

test('a restarted relay has the same address and data', async () => {
  const world = await startDemoWorld();
  try {
    const first = world.relay;
    await world.restartRelay();
    expect(world.relay.pid).not.toBe(first.pid);
    expect(world.relay.url).toBe(first.url);
  } finally {
    await world.close();
  }
});
