import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CommandContext } from '../../../client/cli/command-context.ts';
import { newDeviceText } from '../../../client/cli/new-device-text.ts';
import { status } from '../../../client/cli/status.ts';
import { isOnNewDevice } from '../../../relay/sessions/new-device.ts';
import type { NewDevice } from '../../../shared/snapshot.ts';
import { type HeadlessClient, startHeadlessClient } from '../../support/start-headless-client.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';

type Known = Parameters<typeof isOnNewDevice>[0];
const known = (id: string, sinceMs: number, deviceId: string | undefined, name: string, address: string): Known => ({
  id,
  kind: 'person',
  sinceMs,
  device: { ...(deviceId === undefined ? {} : { id: deviceId }), name, system: 'linux', appVersion: '1.0.0' },
  addresses: { [address]: sinceMs },
});
const first = known('s1', 1, 'd1', 'Laptop', '10.0.0.1');

describe('a session', () => {
  it.each<[string, Known, boolean]>([
    ['on another device', known('s2', 2, 'd2', 'Desktop', '10.0.0.1'), true],
    ['on one that is only called the same', known('s2', 2, 'd2', 'Laptop', '203.0.113.9'), true],
    ['on another that says no id', known('s2', 2, undefined, 'Desktop', '10.0.0.1'), true],
    ['on the same device, renamed and elsewhere', known('s2', 2, 'd1', 'Renamed', '203.0.113.9'), false],
    ['of another app on the same computer', known('s2', 2, 'd2', 'laptop', '10.0.0.1'), false],
    ['of a service', { ...known('s2', 2, 'd2', 'runner-7', '10.0.0.2'), kind: 'service' }, false],
    ['that came first', known('s2', 0, 'd2', 'Desktop', '10.0.0.1'), false],
  ])('%s is on a new device: %s', (_what, session, isNew) => {
    expect(isOnNewDevice(session, [session, first])).toBe(isNew);
  });

  it('that is the first ever is no news', () => {
    expect(isOnNewDevice(first, [first])).toBe(false);
  });
});

describe('a sign-in on a new device', () => {
  const patient = { timeout: 10_000, interval: 50 };
  let echo: EchoUpstream;
  let world: PipelineWorld;
  let desktop: HeadlessClient;
  let desktopProfile: string;

  beforeAll(async () => {
    echo = await startEcho();
    world = await startPipelineWorld({ apis: [{ id: 'orders', name: 'Orders', upstream: echo.url }] });
  });
  afterAll(async () => {
    await desktop?.close();
    await world?.close();
    await echo?.close();
  });

  const told = (client: HeadlessClient): readonly NewDevice[] => client.core.snapshot().profiles[0]?.newDevices ?? [];
  const signIn = async (client: HeadlessClient): Promise<string> => {
    const { id } = await client.signIn(world.relayUrl);
    await client.connect(id, 'orders');
    return id;
  };
  const newClient = (deviceName: string): Promise<HeadlessClient> =>
    startHeadlessClient({
      ca: [],
      deviceName,
      openBrowser: async (url) => {
        if (new URL(url).pathname !== '/session/end') await signInWithoutBrowser(url, { user: 'alice' });
      },
    });

  it('is told to the person’s other running app, and not to the new one', async () => {
    expect(told(world.client)).toEqual([]);
    desktop = await newClient('alice-desktop');
    desktopProfile = await signIn(desktop);
    await vi.waitFor(
      () => expect(told(world.client)).toMatchObject([{ name: 'alice-desktop', address: '127.0.0.1' }]),
      patient,
    );
    await desktop.core.sessions(desktopProfile);
    expect(told(desktop)).toEqual([]);
  });

  it('is told once: what was seen doesn’t come back, however often the list is asked for', async () => {
    world.client.core.didSeeNewDevices(world.profileId);
    expect(told(world.client)).toEqual([]);
    const own = await world.client.core.sessions(world.profileId);
    expect(own.find(({ current }) => !current)?.newDevice).toBe(true);
    expect(told(world.client)).toEqual([]);
  });

  it('is no news when the person signs in anew on the same device', async () => {
    await desktop.core.signOut(desktopProfile);
    await signIn(desktop);
    const own = await world.client.core.sessions(world.profileId);
    // The one before is over, and listed no more.
    expect(own.filter(({ device }) => device.name === 'alice-desktop')).toHaveLength(1);
    expect(told(world.client)).toEqual([]);
  });

  it('is taken back when it is ended before anybody looked', async () => {
    const other = await newClient('mallory-pc');
    await signIn(other);
    await vi.waitFor(() => expect(told(world.client)).toMatchObject([{ name: 'mallory-pc' }]), patient);
    const [device] = told(world.client);
    const texts: string[] = [];
    await status({
      core: { ...world.client.core, start: () => Promise.resolve() },
      interrupted: new AbortController().signal,
      options: { appVersion: '0.1.0', secrets: { kind: 'memory', memoryReason: null } },
      terminal: { result: (_object: object, text: string) => void texts.push(text) },
    } as unknown as CommandContext);
    expect(device === undefined ? '' : newDeviceText(device)).toMatch(
      /^New sign-in on “mallory-pc”, .*, from 127\.0\.0\.1\. If that wasn’t you, run: causeway sessions end s[\w-]{15}, and tell IT\.$/,
    );
    expect(texts[0]).toContain('New sign-in on “mallory-pc”');
    await world.client.core.endSessions(world.profileId, { id: device?.id ?? '' });
    await world.client.core.sessions(world.profileId);
    expect(told(world.client)).toEqual([]);
    await other.close();
  });
});
