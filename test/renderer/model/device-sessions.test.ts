import { describe, expect, test } from 'vitest';
import { countOthers, splitSessions } from '../../../renderer/model/device-sessions.ts';
import { sampleSessions, severalSignIns } from '../../support/renderer-preview/sample-sessions.ts';

const nowMs = 10_000_000_000;
const day = 86_400_000;
const sessions = sampleSessions(nowMs);

describe('sessions by device', () => {
  test('the own one is apart, and of the others the connected and last used come first', () => {
    const { own, earlier, others } = splitSessions(sessions);
    expect(own?.device.name).toBe('alice-laptop');
    expect(earlier).toEqual([]);
    expect(others.map(({ lead }) => lead.device.name)).toEqual(['alice-desktop', 'alice-phone']);
  });

  test('without a word which one asks, all are others', () => {
    const { own, earlier, others } = splitSessions(sessions.map((session) => ({ ...session, current: false })));
    expect([own, earlier.length, others.length]).toEqual([null, 0, 3]);
  });

  test('sign-ins of one device are one, with what any of them says; another of the same name is another', () => {
    const split = splitSessions(severalSignIns(nowMs));
    expect(split.others.map((device) => device.sessions.map(({ id }) => id))).toEqual([
      ['sDeskDeskDeskDe', 'sDeskBefore', 'sDeskLong'],
      ['sOldOldOldOldOl'],
      ['sDeskOther'],
    ]);
    const [desktop] = split.others;
    expect(desktop).toMatchObject({
      sinceMs: nowMs - 33 * day,
      lastUsedAtMs: nowMs - 4 * 60_000,
      addresses: ['198.51.100.23', '203.0.113.80'],
      isConnected: true,
    });
    expect(desktop?.apis.at(-1)).toBe('crm');
    expect(countOthers(split)).toBe(7);
  });

  test('earlier sign-ins of this device are neither another device nor its own', () => {
    expect(splitSessions(severalSignIns(nowMs)).earlier.map(({ id }) => id)).toEqual(['sOwnBefore', 'sOwnLong']);
  });

  test('relays that tell no device leave each sign-in alone, also those that are called the same', () => {
    const untold = severalSignIns(nowMs).map(({ device: { id: _id, ...device }, ...session }) => ({
      ...session,
      device,
    }));
    const split = splitSessions(untold);
    expect(split.earlier).toEqual([]);
    expect(split.others).toHaveLength(7);
  });

  test('a device is called by the name that the person gave to any of its sign-ins', () => {
    const named = severalSignIns(nowMs).map((session) =>
      session.id === 'sDeskLong'
        ? { ...session, device: { ...session.device, name: 'Office', ownName: session.device.name } }
        : session,
    );
    expect(splitSessions(named).others[0]?.lead.id).toBe('sDeskLong');
  });
});
