import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';
import { type DeviceAuthority, type IssuedCertificate, makeDeviceAuthority } from '../../support/device-authority.ts';
import { freePort } from '../../support/free-port.ts';
import type { StartIdpOptions } from '../../support/idp/start-idp.ts';

/** Certificates of a story, whether its configuration uses them or not. */
export interface StoryPlace {
  /** Certificate and key of servers on this machine, PEM. */
  readonly server: { readonly cert: string; readonly key: string };
  readonly devices: DeviceAuthority;
  /** The person's own computer. */
  readonly laptop: IssuedCertificate;
  /** Another computer of the same company. */
  readonly otherLaptop: IssuedCertificate;
}

/** How a story's provider and relay differ from the plain demo. */
export interface StorySettings {
  readonly idp: (place: StoryPlace) => StartIdpOptions;
  /** Keys of the relay's issuer, as they stand in its configuration file. */
  readonly issuer: Readonly<Record<string, unknown>>;
  readonly logoutNamesSession: boolean;
}

/** DNS names in the certificates of the company's computers and of the relay. */
export const laptopName = 'laptop.devices.example.com';
export const relayName = 'relay.services.example.com';

/** The demo company with one API whose rules ask for recent sign-ins, and for better ones. */
export type StoryWorld = DemoWorld & { readonly place: StoryPlace };

const rules = [
  { name: 'reads', groups: ['developers'], methods: ['GET'], paths: ['/v1/**'] },
  { name: 'writes', groups: ['developers'], methods: ['PATCH'], paths: ['/v1/orders/**'], max_auth_age: 300 },
  { name: 'refunds', groups: ['developers'], methods: ['POST'], paths: ['/v1/refunds'], acr: ['mfa'] },
];

/** Starts the company; the relay is a process of its own. */
export async function startStoryWorld(settings: StorySettings): Promise<StoryWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-story-'));
  const [certificates, devices, relayPort] = await Promise.all([
    makeDemoCertificates(dir),
    makeDeviceAuthority(),
    freePort(),
  ]);
  const [laptop, otherLaptop, relay] = await Promise.all([
    devices.issue(laptopName),
    devices.issue(laptopName),
    devices.issue(relayName),
  ]);
  writeFileSync(join(dir, 'relay-client.pem'), relay.cert);
  writeFileSync(join(dir, 'relay-client-key.pem'), relay.key, { mode: 0o600 });
  writeFileSync(join(dir, 'relay-client-secret'), 'demo-introspection-secret', { mode: 0o600 });
  const server = {
    cert: readFileSync(certificates.certPath, 'utf8'),
    key: readFileSync(certificates.keyPath, 'utf8'),
  };
  const place: StoryPlace = { server, devices, laptop, otherLaptop };
  const world = await startDemoWorld({
    dir,
    relayPort,
    idp: {
      backchannelLogout: {
        uri: `https://127.0.0.1:${relayPort}/v1/backchannel-logout`,
        ca: certificates.ca,
        withSession: settings.logoutNamesSession,
      },
      ...settings.idp(place),
    },
    configure: (config) => ({
      ...config,
      relay: { ...config.relay, tls: { cert: 'relay.pem', key: 'relay-key.pem', client_certificates: true } },
      issuers: config.issuers.map((issuer) => ({ ...(issuer as object), ...settings.issuer })),
      apis: config.apis.filter(({ id }) => id === 'orders').map((api) => ({ ...api, rules })),
    }),
  });
  const closeWorld = world.close.bind(world);
  return Object.assign(world, {
    place,
    async close() {
      await closeWorld();
      rmSync(dir, { recursive: true, force: true });
    },
  });
}
