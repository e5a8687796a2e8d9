import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder.close());

const load = async (anomalies: string) =>
  loadConfig(await folder.write('relay.yaml', minimalConfig({ tail: `anomalies: {${anomalies}}` })));

describe('rules for anomalies in the config', () => {
  it.each<[string, RegExp]>([
    ['denial_burst: {denails: 3}', /:\d+:\d+ anomalies\.denial_burst\.denails: is a key that Causeway doesn’t know/],
    ['denial_bursts: off', /anomalies\.denial_bursts: is a key that Causeway doesn’t know/],
    ['path_scan: on', /anomalies\.path_scan: must be off, or thresholds of the rule/],
    ['two_places: {changes: 0}', /anomalies\.two_places\.changes: must be at least 1/],
    ['dormant_account: {days: soon}', /anomalies\.dormant_account: must be off, or thresholds of the rule/],
    ['refused_sign_ins: {lock_minutes: 10081}', /anomalies\.refused_sign_ins/],
    [
      'refused_sign_ins: {never_lock: ["10.0.0.0/8", "10.0.0.300"]}',
      /:\d+:\d+ anomalies\.refused_sign_ins\.never_lock\[1\]: must be an IP address/,
    ],
    ['quiet_minutes: 0', /anomalies\.quiet_minutes: must be at least 1/],
  ])('are refused: %s', async (anomalies, problem) => {
    await expect(load(anomalies)).rejects.toThrow(problem);
  });

  it('have thresholds of their own, and are switched off one by one', async () => {
    const { anomalies } = (await load('denial_burst: {denials: 50}, two_places: off')).config;
    expect(anomalies).toMatchObject({ denial_burst: { denials: 50, minutes: 5 }, two_places: 'off', known_days: 7 });
  });
});
