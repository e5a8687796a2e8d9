import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgePolicy } from '../../../client/managed/judge-policy.ts';
import { openManagedSettings } from '../../../client/managed/open-managed-settings.ts';
import { strictValues } from '../../../client/managed/strict-values.ts';
import { isManagedKey, type ManagedKey, managedKeyNames } from '../../../shared/managed/managed-keys.ts';
import { lockOf } from '../../../shared/managed/managed-settings.ts';
import type { ManagedState } from '../../../shared/managed/managed-state.ts';
import { policyProblemText } from '../../../shared/managed/managed-text.ts';
import { type Settings, settingsSchema } from '../../../shared/settings.ts';
import { coreFixture } from '../support/core-fixture.ts';
import { keySamples } from './support/key-samples.ts';
import { type PolicyPlace, placeMakers } from './support/policy-places.ts';

const samplesOf = (which: 'valid' | 'other' | 'wrong', left?: ManagedKey): Record<string, unknown> =>
  Object.fromEntries(managedKeyNames.filter((key) => key !== left).map((key) => [key, keySamples[key][which]]));

/** A slip of the pen in a key’s name. */
const misspelt = (key: ManagedKey): string => `${key.slice(0, -2)}${key.slice(-1)}${key.slice(-2, -1)}`;

describe.each(placeMakers.map((make) => ({ make })))('every key, $make.name', ({ make }) => {
  let place: PolicyPlace;
  let refused: ManagedState;
  let unknown: ManagedState;
  let accepted: ManagedState;
  const seen: ManagedState[] = [];

  beforeAll(async () => {
    place = make();
    const read = async (entries: Record<string, unknown>): Promise<ManagedState> => {
      place.put(entries);
      return judgePolicy(await place.reader.read());
    };
    refused = await read({ ...samplesOf('wrong', 'deviceName'), deviceName: keySamples.deviceName.valid });
    unknown = await read({
      ...Object.fromEntries(managedKeyNames.map((key) => [misspelt(key), keySamples[key].valid])),
      deviceName: keySamples.deviceName.valid,
    });
    accepted = await read(samplesOf('valid'));
    const running = await openManagedSettings(place.reader, { everyMs: 1e9, graceMs: 0 });
    running.watch((state) => seen.push(state));
    place.put(samplesOf('other'));
    await running.look();
    await running.look();
    place.put({});
    await running.look();
    running.close();
  });

  afterAll(() => place.close());

  test.each(managedKeyNames.filter((key) => key !== 'deviceName'))(
    '%s of a wrong type is named, holds at its strictest where it restricts, and the rest holds',
    (key) => {
      const problem = refused.problems.find((found) => 'key' in found && found.key === key);
      expect(problem).toMatchObject({
        place: place.machinePlace,
        fault: 'value',
        at: expect.stringMatching(`^${key}`),
      });
      expect(refused.values[key]?.value).toEqual(strictValues[key]);
      expect(refused.values.deviceName?.value).toBe(keySamples.deviceName.valid);
      if (problem !== undefined) expect(policyProblemText(problem)).toMatch(new RegExp(`${key}.+It takes `));
    },
  );

  test.each(managedKeyNames)('%s misspelt is named with the right name, and the rest holds', (key) => {
    const problem = unknown.problems.find((found) => 'key' in found && found.key === misspelt(key));
    expect(problem).toMatchObject({ place: place.machinePlace, fault: 'unknown-key', nearest: key });
    expect(Object.keys(unknown.values)).toEqual(['deviceName']);
  });

  test.each(managedKeyNames)('%s holds as it is written, and says who set it', (key) => {
    expect(accepted.problems).toEqual([]);
    expect(accepted.values[key]).toEqual({
      value: keySamples[key].valid,
      source: { scope: 'machine', place: place.machinePlace },
    });
  });

  test.each(managedKeyNames)('%s changes while the program runs, and is free again when it goes', (key) => {
    expect(seen).toHaveLength(2);
    expect(seen[0]?.values[key]?.value).toEqual(keySamples[key].other);
    expect(seen[1]).toEqual({ values: {}, problems: [] });
  });

  test('what it sets can’t be overridden by the settings file, nor changed by the window or a command', async () => {
    const fixture = await coreFixture(null);
    const { relays, ports, gatewayPort, ...rest } = samplesOf('valid');
    place.put({ ...rest, relays, ports, gatewayPort, lockedSettings: ['theme', 'language'] });
    const managed = await openManagedSettings(place.reader, { everyMs: 1e9, graceMs: 0 });
    const chosen: Settings = settingsSchema.parse({
      theme: 'dark',
      language: 'de',
      keepRunningWhenClosed: true,
      startAtLogin: false,
      notifications: true,
      otherPrograms: 'allow',
      gatewayPort: 7300,
      // Keys that are no settings count for nothing in the file.
      ...Object.fromEntries(Object.entries(samplesOf('other')).filter(([key]) => !(key in settingsSchema.shape))),
    });
    fixture.state.current = { ...fixture.state.current, settings: chosen };
    const core = fixture.make({ managed });
    await core.start();
    const settings = core.snapshot().settings;
    for (const [name, value] of Object.entries(chosen)) {
      const setting = name as keyof Settings;
      if (lockOf(managed.current(), setting) === null) continue;
      const set = isManagedKey(setting) ? keySamples[setting].valid : settingsSchema.parse({})[setting];
      expect(settings[setting], name).toEqual(set);
      await expect(core.setSettings({ [setting]: value }), name).rejects.toMatchObject({ code: 'managed' });
    }
    expect(core.snapshot().settings).toEqual(settings);
    expect(core.snapshot().managed).toEqual(managed.current());
    // What nobody has set stays the person’s, and what they chose comes back with their freedom.
    await core.setSettings({ toldAboutClosing: true });
    place.put({});
    await managed.look();
    expect(core.snapshot().settings).toEqual({ ...chosen, toldAboutClosing: true });
    managed.close();
    await fixture.close();
  });
});
