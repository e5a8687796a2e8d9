import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { openConsole } from '../../../relay/admin/console/open-console.ts';
import { startAdmin } from '../../../relay/admin/start-admin.ts';
import { loadConfig, type LoadedConfig } from '../../../relay/config/load-config.ts';
import { issuersOf } from '../../../relay/start/config-of-parts.ts';
import { operatorStandingOf } from '../../../relay/start/operator-standing-of.ts';
import { breakGlassFetchOf } from '../../../relay/start/optional-parts.ts';
import { freePort } from '../../support/free-port.ts';
import { optionsOf, PersonBrowser, startBreakGlassWorld } from './break-glass-world.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';
import { createTestClient } from './test-client.ts';

const [one, other] = ['o'.repeat(40), 'n'.repeat(40)];
const log = pino({ level: 'silent' });
const nothing = (): void => undefined;
const unused = () => Promise.reject(new Error('Nobody asks for it here.'));
const patience = { timeout: 30_000 };

it('relay and operators’ port have a config as a whole or not at all, and take no tokens of a secret that is gone', async () => {
  const port = await freePort();
  const roles = { owner: ['keepers'] };
  const world = await startBreakGlassWorld({}, { shared_state: { secret: one }, admin: { listen: { port }, roles } });
  const relay = world.relay();
  let current = await loadConfig(world.configPath);
  const secretNow = () => current.config.shared_state;
  const operators = await startAdmin({
    relay: {
      ...relay,
      version: '1',
      workers: [],
      downWorkers: () => [],
      sendAway: nothing,
      replaceAuditKey: unused,
      reloadRefused: () => null,
      reload: unused,
    },
    audit: relay.audit,
    records: relay.records,
    metrics: () => relay.metrics.text(),
    metricValues: () => relay.metrics.values(),
    countsOf: (of) => ({ dataDir: of.config.relay.data, shared: null }),
    loaded: current,
    orderSecret: secretNow,
    issuersOf,
    openConsole,
    log,
    standing: await operatorStandingOf(current, secretNow, relay.audit, log),
    fetch: await breakGlassFetchOf(current, secretNow),
  });
  onTestFinished(() => operators.close());

  const key = new SoftAuthenticator(world.relayUrl);
  const person = new PersonBrowser(world);
  await person.enrolPasskey(world.invite('kim'), key);
  const client = await createTestClient(world.issuer);
  const done = await person
    .open(client.authorizeUrl())
    .then((page) => person.usePasskey(page, key.get(optionsOf(page))));
  const code = /code=([\w-]{43})/.exec(done.text)?.[1] ?? '';
  const token = String((await client.redeem(code)).body['access_token']);
  const asked = async (url: string): Promise<number> => {
    const headers = { authorization: `DPoP ${token}`, dpop: await client.proof('GET', url, token) };
    return (await fetch(url, { headers })).status;
  };
  const atBoth = async (): Promise<readonly number[]> => [
    await asked(`${world.relayUrl}/v1/catalog`),
    await asked(`${operators.url}/admin/v1/relay`),
  ];
  await expect.poll(atBoth, patience).toEqual([200, 200]);

  const { config } = current;
  const refused: LoadedConfig = {
    ...current,
    config: {
      ...config,
      admin: config.admin && { ...config.admin, roles: { ...config.admin.roles, owner: ['nobody'] } },
      break_glass: undefined,
      issuers: [...config.issuers, ...config.issuers],
    },
  };
  for (const part of [relay, operators]) expect(() => part.reload(refused)).toThrow('same identifier');
  expect((await person.open(`${world.issuer}/jwks`)).status).toBe(200);
  expect(await atBoth()).toEqual([200, 200]);

  await world.reload((before) => ({ ...before, shared_state: { secret: other, other_secret: one } }));
  current = await loadConfig(world.configPath);
  operators.reload(current);
  await expect.poll(atBoth, patience).toEqual([200, 200]);
  await world.reload((before) => ({ ...before, shared_state: { secret: other } }));
  current = await loadConfig(world.configPath);
  operators.reload(current);
  await expect.poll(async () => (await atBoth()).filter((status) => status === 200), patience).toEqual([]);
}, 120_000);
