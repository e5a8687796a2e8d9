import { afterEach, expect, test } from 'vitest';
import { policy } from '../../../client/cli/policy.ts';
import { createTerminal } from '../../../client/cli/terminal.ts';
import { wantedApis } from '../../../client/cli/connect.ts';
import { sampleProfile } from '../../support/renderer-preview/sample-snapshot.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import { collect } from './support/collect-output.ts';
import { placeMakers } from './support/policy-places.ts';

afterEach(() => {
  process.exitCode = 0;
});

const state = {
  load: () => ({
    settings: settingsSchema.parse({ gatewayPort: 7300 }),
    profiles: [],
    currentProfileId: null,
    recentRelayUrls: [],
  }),
};

test.each(placeMakers.map((make) => ({ make })))(
  'causeway policy show says what applies, whence, and what was left out: $make.name',
  async ({ make }) => {
    const place = make();
    place.put({
      relays: ['https://relay.example.com'],
      ports: { orders: 7110 },
      startAtLogn: true,
      gatewayPort: 80,
      logLevel: 'info',
    });
    const { out, text } = collect();
    await policy(
      {
        terminal: createTerminal(false, out, out),
        reader: place.reader,
        state,
        environment: { CAUSEWAY_DEVICE_NAME: 'mine' },
      },
      'show',
    );
    expect(process.exitCode).toBe(1);
    const shown = text();
    expect(shown).toContain(`relays: ["https://relay.example.com"]  (set for this computer in ${place.machinePlace})`);
    expect(shown).toContain(`ports: {"orders":7110}  (set for this computer in ${place.machinePlace})`);
    expect(shown).toContain('gatewayPort: 7300  (your setting)');
    expect(shown).toContain('deviceName: mine  (from the variable CAUSEWAY_DEVICE_NAME)');
    expect(shown).toContain(`logLevel: info  (set for this computer in ${place.machinePlace}, the app only)`);
    expect(shown).toContain('telemetry: none  (default)');
    expect(shown).toContain(
      `✗ ${place.machinePlace}: “gatewayPort” can’t be used. It takes a whole number from 1024 to 65535.`,
    );
    expect(shown).toContain(`✗ ${place.machinePlace}: there is no setting “startAtLogn”. Did you mean “startAtLogin”?`);

    const json = collect();
    await policy(
      { terminal: createTerminal(true, json.out, json.out), reader: place.reader, state, environment: {} },
      'show',
    );
    expect(JSON.parse(json.text())).toMatchObject({
      type: 'policy',
      values: expect.arrayContaining([
        {
          key: 'relays',
          value: ['https://relay.example.com'],
          locked: true,
          from: 'machine',
          place: place.machinePlace,
        },
        { key: 'gatewayPort', value: 7300, locked: false, from: 'settings' },
      ]),
      ignored: expect.arrayContaining([expect.objectContaining({ key: 'startAtLogn', nearest: 'startAtLogin' })]),
    });
    place.close();
  },
);

test('there is no other action', async () => {
  const place = placeMakers[1]?.();
  if (place === undefined) throw new Error('There is no such place');
  await expect(
    policy({ terminal: createTerminal(true), reader: place.reader, state, environment: {} }, 'set'),
  ).rejects.toMatchObject({ code: 'bad-input' });
});

test('connect without names takes the APIs that are on by default, as far as they are open', () => {
  const profile = sampleProfile(0);
  expect(wantedApis(profile, [], false, ['orders', 'nothing'])).toEqual(['orders']);
  expect(wantedApis(profile, ['inventory'], false, ['orders'])).toEqual(['inventory']);
  expect(() => wantedApis(profile, [], false, ['nothing'])).toThrow('Which APIs?');
});
