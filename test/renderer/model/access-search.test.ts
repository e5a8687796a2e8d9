import { afterEach, describe, expect, test } from 'vitest';
import { type FoundAccess, findAccess } from '../../../renderer/model/access-search.ts';
import { setLocale } from '../../../shared/messages/language.ts';
import { guardedCatalog, largeCatalog, sampleCatalog } from '../../support/renderer-preview/sample-catalog.ts';
import { sampleRequest } from '../../support/renderer-preview/sample-requests.ts';

const catalog = guardedCatalog(1000);
const requests = [
  sampleRequest({ id: 'first', mine: true, api: 'payroll', role: 'finance', reason: 'Payslip of March' }),
  sampleRequest({ id: 'second', mine: true, api: null, role: 'on-call', reason: 'A night shift', decidedBy: 'dana' }),
];
const roles = [
  { role: 'on-call', maxHours: 8 },
  { role: 'auditors', maxHours: 8 },
];

const find = (search: string): FoundAccess => findAccess({ requests, roles, apis: catalog.apis }, catalog, search);
const short = ({ person, requests: asked, roles: offered, open, locked }: FoundAccess): string =>
  [
    ...(person ? ['person'] : []),
    ...asked.map(({ id }) => id),
    ...offered.map(({ role }) => role),
    ...[...open, ...locked].map(({ id }) => id),
  ].join(' ');

afterEach(() => setLocale('en'));

describe('the search of the Access screen', () => {
  test.each([
    ['an API by its name, in any case', 'ORDers', 'orders'],
    ['an API by its id', 'feature-flags', 'feature-flags'],
    ['an API by its description', 'carrier callbacks', 'shipping-events'],
    ['APIs by their owner', 'orders-team@', 'orders'],
    ['APIs by what a rule allows', 'under /v1/orders', 'orders'],
    ['APIs by the group that lifts a no', 'warehouse', 'inventory'],
    ['a role, where it is offered, asked for and in the way of an API', 'auditors', 'auditors payroll'],
    ['a request by its reason', 'march', 'first'],
    ['a request by who has decided', 'dana', 'second'],
    ['a request by its id', 'second', 'second'],
    ['words in any order', 'march finance', 'first'],
    ['the person by a group', 'developers', 'person'],
    ['nothing that has only one of the words', 'march zzz', ''],
  ])('finds %s', (_what, search, found) => {
    expect(short(find(search))).toBe(found);
  });

  test.each(['', '  \t '])('without a word (%j) everything is there', (search) => {
    const found = find(search);
    expect(found.isSearch).toBe(false);
    expect(short(found)).toBe(
      'person first second on-call auditors orders inventory shipping-events feature-flags deployments payroll',
    );
  });

  test('counts what it shows', () => {
    expect(find('payroll').count).toBe(2);
    expect(find('zzz')).toMatchObject({ isSearch: true, count: 0 });
  });

  test('goes by the words that are shown: rules in the person’s language', () => {
    const about = { verbs: ['read'], places: [{ kind: 'everything' as const, path: '' }] };
    const [api] = sampleCatalog.apis;
    if (api === undefined) throw new Error('The sample has no API.');
    const german = {
      ...api,
      permissions: [{ effect: 'allow' as const, text: 'Read everything', rule: 'r', unlockedBy: [], about }],
    };
    const inGerman = (search: string): number =>
      findAccess({ requests: [], roles: [], apis: [german] }, sampleCatalog, search).open.length;
    setLocale('de');
    expect([inGerman('lesen'), inGerman('read everything')]).toEqual([1, 0]);
    setLocale('en');
    expect([inGerman('lesen'), inGerman('read everything')]).toEqual([0, 1]);
  });

  test('finds one of 2,000', () => {
    const { apis } = largeCatalog(2000);
    expect(short(findAccess({ requests: [], roles: [], apis }, catalog, 'service 1234'))).toBe('service-1234');
  });
});
