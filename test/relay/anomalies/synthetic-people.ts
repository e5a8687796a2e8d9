import type { AuditCaller } from '../../../relay/audit/audit-record.ts';

/** Numbers from a seed (mulberry32): the same seed, the same day. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A person, or a service that runs day and night, with what is usual for it. */
export interface Inhabitant {
  readonly name: string;
  readonly isService: boolean;
  readonly apis: readonly string[];
  readonly devices: readonly string[];
  readonly homeRange: string;
  /** At home there is IPv6, too. */
  readonly homeAddress6?: string;
  /** Days before the synthetic day on which there were requests. */
  readonly activeDays: readonly number[];
}

export const commonApis = ['wiki', 'chat', 'orders', 'inventory', 'tickets', 'search', 'calendar', 'files'] as const;
export const rareApis = ['payroll', 'vault', 'hr-files'] as const;
export const officeRange = '10.20';
const teamApis = Array.from({ length: 15 }, (_, index) => `team-api-${index}`);
const usualDays = [60, 45, 30, 21, 14, 10, 7, 5, 3, 2, 1];

/** A company: people in teams, some who joined lately or come back from vacations, and services. */
export function company(people: number, services: number, random: () => number): readonly Inhabitant[] {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const person = (index: number): Inhabitant => ({
    name: `person-${index}`,
    isService: false,
    apis: [
      ...new Set([
        ...Array.from({ length: 4 }, () => pick(commonApis)),
        pick(teamApis),
        pick(teamApis),
        // Eight people work with each of the rare ones.
        ...(index < rareApis.length * 8 ? [rareApis[index % rareApis.length] as string] : []),
      ]),
    ],
    devices: Array.from({ length: random() < 0.3 ? 2 : 1 }, (_, device) => `laptop-${index}-${device}`),
    homeRange: `84.${Math.floor(random() * 60)}`,
    ...(index % 3 === 0 ? { homeAddress6: `2003:${(0xc0 + (index % 8)).toString(16)}:${index.toString(16)}::1` } : {}),
    activeDays: daysOf(index, random),
  });
  const service = (index: number): Inhabitant => ({
    name: `ci-${index}`,
    isService: true,
    apis: [pick(commonApis), pick(teamApis)],
    devices: [`runner-${index}`],
    homeRange: '10.30',
    activeDays: usualDays,
  });
  return [
    ...Array.from({ length: people }, (_, index) => person(index)),
    ...Array.from({ length: services }, (_, index) => service(index)),
  ];
}

function daysOf(index: number, random: () => number): readonly number[] {
  // New today, new this week, back from a vacation of up to five weeks, and all the others.
  if (index % 100 === 50) return [];
  if (index % 100 === 51) return usualDays.filter((day) => day <= 5);
  const vacationDays = index % 20 === 7 ? 7 + Math.floor(random() * 29) : 0;
  return usualDays.filter((day) => day > vacationDays);
}

/** One of the addresses of a range. */
export function addressIn(range: string, random: () => number): string {
  return `${range}.${Math.floor(random() * 255)}.${1 + Math.floor(random() * 250)}`;
}

export function callerOf({ name }: Inhabitant, device: string, remoteAddress: string, sessionId: string): AuditCaller {
  return {
    issuer: 'https://idp.example',
    subject: `subject-${name}`,
    username: name,
    groups: ['employees'],
    sessionId,
    device,
    remoteAddress,
  };
}
