import { describe, expect, test } from 'vitest';
import { addressText, deviceFacts, deviceName, usedApisText } from '../../../renderer/model/session-text.ts';
import { sampleCatalog } from '../../support/renderer-preview/sample-catalog.ts';

const named = (name: string, system = 'Linux', appVersion = '0.1.0') => ({ device: { name, system, appVersion } });

describe('sessions in words', () => {
  test.each([
    ['laptop', 'laptop'],
    ['\u202Epotpal', 'potpal'],
    ['two\nlines', 'two lines'],
    ['  ', 'A device without a name'],
  ])('the device %j is called %j', (name, shown) => {
    expect(deviceName(named(name))).toBe(shown);
  });

  test.each([
    [named('a'), 'Linux, Causeway 0.1.0'],
    [named('a', ''), 'Causeway 0.1.0'],
    [named('a', 'Windows\t11'), 'Windows 11, Causeway 0.1.0'],
  ])('%j is of %j', (session, shown) => {
    expect(deviceFacts(session)).toBe(shown);
  });

  test.each<[readonly string[], string | null]>([
    [[], null],
    [['203.0.113.9'], '203.0.113.9'],
    [['203.0.113.9', '203.0.113.8'], '203.0.113.9 and 1 other address'],
    [['a', 'b', 'c'], 'a and 2 other addresses'],
  ])('the addresses %j are %j', (addresses, shown) => {
    expect(addressText(addresses)).toBe(shown);
  });

  test.each<[readonly string[], string]>([
    [[], 'Used no API yet'],
    [['orders'], 'Used Orders'],
    [['orders', 'gone'], 'Used Orders and gone'],
    [
      ['orders', 'inventory', 'payroll', 'deployments', 'gone', 'old'],
      'Used Orders, Inventory, Payroll, Deployments and 2 more',
    ],
  ])('the APIs %j are %j', (apis, shown) => {
    expect(usedApisText(apis, sampleCatalog)).toBe(shown);
  });
});
