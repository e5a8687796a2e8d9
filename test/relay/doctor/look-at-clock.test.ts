import { expect, it } from 'vitest';
import { aheadMs, providerClock, serverClock } from '../../../relay/doctor/clock-difference.ts';
import { lookAtClock } from '../../../relay/doctor/look-at-clock.ts';

const tracking = (offset: string, leap: string): string =>
  `A29FC87B,ntp.example,3,1790000000.1,${offset},0.000002,0.00001,-12.1,0.001,0.02,0.01,0.001,64.2,${leap}\n`;
const systemd = (isSet: string, isOn: string): string => `NTPSynchronized=${isSet}\nNTP=${isOn}\n`;

it.each<[what: string, programs: Readonly<Record<string, string>>, verdict: string, words: RegExp]>([
  ['no program', {}, 'skipped', /Neither chrony nor systemd/],
  ['programs that say something else', { chronyc: '506 Cannot talk to daemon', timedatectl: '' }, 'skipped', /Neither/],
  ['chrony without a server', { chronyc: tracking('0.0', 'Not synchronised') }, 'warning', /no server/],
  ['chrony, still far off', { chronyc: tracking('-42.4', 'Normal') }, 'warning', /off by 42 s/],
  ['chrony at work', { chronyc: tracking('0.000012', 'Normal') }, 'fine', /by ntp\.example/],
  ['chrony before systemd', { chronyc: tracking('0', 'Normal'), timedatectl: systemd('no', 'no') }, 'fine', /chrony/],
  ['NTP that is off', { timedatectl: systemd('no', 'no') }, 'warning', /NTP is off/],
  ['NTP without a server', { timedatectl: systemd('no', 'yes') }, 'warning', /no server yet/],
  ['NTP at work', { timedatectl: systemd('yes', 'yes') }, 'fine', /NTP sets/],
  ['a clock that the host sets', { timedatectl: systemd('yes', 'no') }, 'fine', /NTP sets/],
])('%s: %3$s', async (_what, programs, verdict, words) => {
  const looks = await lookAtClock(async (program) => {
    const output = programs[program];
    if (output === undefined) throw new Error('There is no such program.');
    return output;
  });
  expect(looks).toEqual([expect.objectContaining({ verdict, found: expect.stringMatching(words) })]);
});

it.each<[ahead: number, provider: readonly string[], server: readonly string[]]>([
  [0, [], []],
  [9000, [], []],
  [-9000, [], []],
  [11_000, ['warning 11 s ahead of'], ['warning 11 s ahead of']],
  [-30_000, ['warning 30 s behind'], ['warning 30 s behind']],
  [61_000, ['error 61 s ahead of'], ['warning 61 s ahead of']],
  [-3_600_000, ['error 3600 s behind'], ['warning 3600 s behind']],
  [Number.NaN, [], []],
])('a clock that is %d ms ahead', (ahead, provider, server) => {
  const told = (looks: ReturnType<typeof serverClock>): readonly string[] =>
    looks.map(({ verdict, found }) => `${verdict} ${/\d+ s (?:ahead of|behind)/.exec(found)?.[0]}`);
  expect(told(providerClock('SSO', Number.isNaN(ahead) ? undefined : ahead))).toEqual(provider);
  expect(told(serverClock('db:5432', aheadMs(5000 + ahead, 4000, 6000)))).toEqual(server);
});
