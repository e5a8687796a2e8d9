import type { AuditCaller, AuditRecord } from '../../../relay/audit/audit-record.ts';
import { createDetector } from '../../../relay/anomalies/detector.ts';
import type { Found } from '../../../relay/anomalies/finding.ts';
import { History } from '../../../relay/anomalies/history.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { decisionOf, type Incident, outcomeOf, plant, refusal } from './synthetic-incidents.ts';
import {
  addressIn,
  callerOf,
  commonApis,
  company,
  type Inhabitant,
  officeRange,
  randomFrom,
  rareApis,
} from './synthetic-people.ts';

export interface DayOptions {
  readonly seed: number;
  readonly requests: number;
  readonly people: number;
}

/** What the rules, as they are by default, made of a day. */
export interface DayResult {
  readonly records: number;
  readonly recordsPerSecond: number;
  readonly incidents: readonly Incident[];
  readonly found: readonly Incident[];
  readonly missed: readonly Incident[];
  /** Findings about nobody of an incident. */
  readonly falseAlarms: readonly Found[];
}

const minuteMs = 60_000;
const dayMs = Date.parse('2026-11-03T00:00:00Z');

/** Lets people work through two months and one day, with forty incidents in it, and compares what is found. */
export function syntheticDay({ seed, requests, people }: DayOptions): DayResult {
  const random = randomFrom(seed);
  const inhabitants = company(people, 20, random);
  const dormant = Array.from({ length: 5 }, (_, index) => dormantPerson(index));
  const detector = createDetector(anomaliesSchema.parse({}), new History());
  for (const record of historyOf([...inhabitants, ...dormant], random)) detector.observe(record);

  const { incidents, records: planted } = plant(dayMs, inhabitants, dormant, random);
  const extra = byMinute([...planted, ...oddButHonest(inhabitants, incidents, random)]);
  const habits = inhabitants.map((one, index) => habitOf(one, index, random));
  const findings: Found[] = [];
  let records = 0;
  let tookMs = 0;
  for (let minute = 0; minute < 1440; minute += 1) {
    const usual = usualMinute(minute, habits, requests, random);
    const all = [...usual, ...(extra.get(minute) ?? [])].toSorted((one, other) => one.timeMs - other.timeMs);
    const beganMs = performance.now();
    for (const record of all) findings.push(...detector.observe(record));
    tookMs += performance.now() - beganMs;
    records += all.length;
  }
  const isAbout = (found: Found, { about, fromMs, toMs }: Incident): boolean =>
    (found.person?.username ?? found.remoteAddress) === about && found.timeMs >= fromMs && found.timeMs <= toMs;
  const found = incidents.filter((one) =>
    findings.some((finding) => finding.rule === one.rule && isAbout(finding, one)),
  );
  return {
    records,
    recordsPerSecond: Math.round((records / tookMs) * 1000),
    incidents,
    found,
    missed: incidents.filter((one) => !found.includes(one)),
    falseAlarms: findings.filter((finding) => !incidents.some((one) => isAbout(finding, one))),
  };
}

function dormantPerson(index: number): Inhabitant {
  const activeDays = [200, 150, 100 - index];
  return {
    name: `gone-${index}`,
    isService: false,
    apis: ['wiki'],
    devices: [`old-${index}`],
    homeRange: '84.5',
    activeDays,
  };
}

/** What was before: some requests of everybody on each day on which he was there. */
function* historyOf(all: readonly Inhabitant[], random: () => number): Iterable<AuditRecord> {
  const days = [...new Set(all.flatMap(({ activeDays }) => activeDays))].toSorted((one, other) => other - one);
  for (const day of days) {
    for (const one of all) {
      if (!one.activeDays.includes(day)) continue;
      const atMs = dayMs - day * 24 * 60 * minuteMs + 9 * 60 * minuteMs;
      for (const [index, api] of one.apis.entries()) {
        const range = index % 2 === 0 && !one.isService ? officeRange : one.homeRange;
        const device = one.devices[index % one.devices.length] ?? '';
        yield decisionOf('h', atMs, callerOf(one, device, addressIn(range, random), `h-${one.name}-${day}-${range}`), {
          api,
        });
      }
      if (one.homeAddress6 === undefined) continue;
      const atHome = callerOf(one, one.devices[0] ?? '', one.homeAddress6, `h-${one.name}-${day}-ipv6`);
      yield decisionOf('h', atMs, atHome, { api: one.apis[0] ?? '' });
    }
  }
}

/** How somebody works today: where he is when, and how busy. */
interface Habit {
  readonly who: Inhabitant;
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly lunchMinute: number;
  /** The caller of the hours until the minute of the change, then the other one. */
  readonly callers: readonly [AuditCaller, AuditCaller];
  readonly changeMinute: number;
}

function habitOf(who: Inhabitant, index: number, random: () => number): Habit {
  const isHome = random() < 0.4;
  const device = who.devices[Math.floor(random() * who.devices.length)] ?? '';
  const first = callerOf(
    who,
    device,
    addressIn(isHome || who.isService ? who.homeRange : officeRange, random),
    `${who.name}-a`,
  );
  // The VPN takes some to another address range in the same session; others go home and open another one.
  const isVpn = random() < 0.2;
  const second = {
    ...first,
    remoteAddress: addressIn(isVpn ? '10.40' : who.homeRange, random),
    sessionId: isVpn ? first.sessionId : `${who.name}-b`,
  };
  const start = 7 * 60 + Math.floor(random() * 180);
  const isAway = index % 20 === 3;
  if (who.isService)
    return { who, fromMinute: 0, toMinute: 1440, lunchMinute: -1, callers: [first, first], changeMinute: 1440 };
  return {
    who,
    fromMinute: isAway ? 1440 : start,
    toMinute: start + 480 + Math.floor(random() * 120),
    lunchMinute: 11 * 60 + 30 + Math.floor(random() * 90),
    callers: [first, second],
    changeMinute: start + Math.floor(random() * 480),
  };
}

function usualMinute(minute: number, habits: readonly Habit[], requests: number, random: () => number): AuditRecord[] {
  const records: AuditRecord[] = [];
  const services = habits.filter(({ who }) => who.isService).length;
  const perMinuteOfService = (requests * 0.3) / 1440 / services;
  const perMinuteOfPerson = (requests * 0.7) / (habits.length - services) / 470;
  for (const habit of habits) {
    const { who, fromMinute, toMinute, lunchMinute } = habit;
    if (minute < fromMinute || minute > toMinute) continue;
    if (minute >= lunchMinute && minute < lunchMinute + 45 && random() < 0.9) continue;
    const mean = who.isService ? perMinuteOfService : perMinuteOfPerson;
    const count = Math.floor(mean) + (random() < mean % 1 ? 1 : 0);
    for (let index = 0; index < count; index += 1) records.push(...usualRequest(habit, minute, random));
  }
  return records;
}

function usualRequest(
  { who, callers, changeMinute }: Habit,
  minute: number,
  random: () => number,
): readonly AuditRecord[] {
  const timeMs = dayMs + minute * minuteMs + Math.floor(random() * minuteMs);
  const api = who.apis[Math.floor(random() * who.apis.length)] ?? '';
  const isDenied = random() < 0.003;
  const request = decisionOf(
    `${who.name}-${timeMs}-${random()}`,
    timeMs,
    minute < changeMinute ? callers[0] : callers[1],
    {
      api,
      path: `/v1/items/${Math.floor(random() * 500)}`,
      ...(isDenied ? { effect: 'deny' as const, rule: null } : {}),
    },
  );
  return isDenied ? [request] : [request, outcomeOf(request, random() < 0.01 ? 404 : 200)];
}

/** Requests of one sign-in within minutes, each from where and over which tunnel is said. */
function* inTurn(
  who: Inhabitant,
  atMs: number,
  given: (request: number) => { readonly address: string; readonly tunnel: string },
): Iterable<AuditRecord> {
  const signIn = `odd-${who.name}-both`;
  for (let request = 0; request < 40; request += 1) {
    const { address, tunnel } = given(request);
    const caller = { ...callerOf(who, who.devices[0] ?? '', address, `${signIn}-${tunnel}`), signIn };
    const asked = decisionOf(`${signIn}-${request}`, atMs + request * 20_000, caller, { api: who.apis[0] ?? '' });
    yield asked;
    yield outcomeOf(asked, 200);
  }
}

/** What looks a little like an incident and is none. */
function* oddButHonest(
  all: readonly Inhabitant[],
  incidents: readonly Incident[],
  random: () => number,
): Iterable<AuditRecord> {
  const taken = new Set(incidents.map(({ about }) => about));
  const calm = all.filter(
    ({ name, isService, activeDays }) => !taken.has(name) && !isService && activeDays.includes(1),
  );
  let next = 0;
  const someone = (): Inhabitant => calm[(next += 7) % calm.length] as Inhabitant;
  const later = (): number => dayMs + (8 * 60 + Math.floor(random() * 540)) * minuteMs;
  function* asks(
    who: Inhabitant,
    device: string,
    range: string,
    count: number,
    everyMs: number,
    given: (index: number) => Parameters<typeof decisionOf>[3],
    status = 200,
  ): Iterable<AuditRecord> {
    const [atMs, address] = [later(), addressIn(range, random)];
    for (let index = 0; index < count; index += 1) {
      const request = decisionOf(
        `odd-${who.name}-${index}-${atMs}`,
        atMs + index * everyMs,
        callerOf(who, device, address, `odd-${who.name}-${range}`),
        given(index),
      );
      yield request;
      if (request.effect === 'allow') yield outcomeOf(request, status);
    }
  }
  const own = (who: Inhabitant): { api: string } => ({ api: who.apis[0] ?? '' });
  for (let index = 0; index < 25; index += 1) {
    // A hotel, and every fifth time a new laptop or another project.
    const traveller = someone();
    yield* asks(traveller, traveller.devices[0] ?? '', `91.${index}`, 20, 40_000, () => own(traveller));
    if (index % 3 === 0) {
      const laptop = someone();
      yield* asks(laptop, `new-laptop-${index}`, officeRange, 20, 40_000, () => own(laptop));
    }
    const project = someone();
    yield* asks(project, project.devices[0] ?? '', officeRange, 10, 40_000, () => ({
      api: commonApis[index % 8] ?? '',
    }));
    if (index % 3 === 1) {
      const script = someone();
      yield* asks(script, script.devices[0] ?? '', officeRange, 12, 15_000, () => ({
        ...own(script),
        effect: 'deny',
        rule: null,
        path: '/v1/old',
      }));
      const sync = someone();
      yield* asks(
        sync,
        sync.devices[0] ?? '',
        officeRange,
        15,
        10_000,
        (one) => ({ ...own(sync), path: `/v1/gone/${one}` }),
        404,
      );
    }
  }
  // One who really begins to work with two APIs that few use: what the rule can't tell from an incident.
  for (const api of rareApis.slice(0, 2)) {
    const chosen = calm.find(({ apis }) => !rareApis.some((rare) => apis.includes(rare))) ?? someone();
    const who = calm[(calm.indexOf(chosen) + 300) % calm.length] ?? chosen;
    yield* asks(who, who.devices[0] ?? '', officeRange, 5, 40_000, () => ({ api }));
  }
  // At home with IPv4 and IPv6, whichever answers first, each time over a new tunnel; half of them with the VPN for a few minutes.
  for (let index = 0; index < 40; index += 1) {
    const who = someone();
    const homes = [addressIn(who.homeRange, random), `2003:${(0xc0 + (index % 8)).toString(16)}:${index}::1`] as const;
    const vpn = [addressIn('10.40', random), 'fd00:40::1'] as const;
    yield* inTurn(who, later(), (request) => {
      const isVpn = index % 2 === 0 && request >= 15 && request < 25;
      return { address: (isVpn ? vpn : homes)[random() < 0.5 ? 0 : 1], tunnel: String(request) };
    });
  }
  // Two programs of one sign-in, each with a tunnel of its own, one over IPv4 and the other over IPv6: at home, and in hotels.
  for (let index = 0; index < 20; index += 1) {
    const isHome = index % 2 === 0;
    const who = isHome ? calm.filter((one) => one.homeAddress6 !== undefined)[index * 9] : someone();
    if (who === undefined) continue;
    const places = [
      addressIn(isHome ? who.homeRange : `91.${100 + index}`, random),
      isHome ? (who.homeAddress6 ?? '') : `2a01:${(0x100 + index).toString(16)}::1`,
    ] as const;
    yield* inTurn(who, later(), (request) => ({
      address: places[request % 2 === 0 ? 0 : 1],
      tunnel: String(request % 2),
    }));
  }
  // Monday morning behind the office's one address, and single ones at home.
  const office = addressIn(officeRange, random);
  for (let index = 0; index < 20; index += 1)
    yield refusal(dayMs + 8 * 60 * minuteMs + index * 30_000, office, `late-${index}`);
  for (let index = 0; index < 400; index += 1)
    yield refusal(later(), addressIn(`84.${index % 60}`, random), `late-${index}`);
}

function byMinute(records: readonly AuditRecord[]): ReadonlyMap<number, readonly AuditRecord[]> {
  return Map.groupBy(records, ({ timeMs }) => Math.floor((timeMs - dayMs) / minuteMs));
}
