import { expect, test } from 'vitest';
import { askedSource } from '../../../relay/commands/audit/asked-source.ts';
import type { RunningRelay } from '../../../relay/commands/running-relay.ts';

interface Written {
  readonly relay?: string;
  readonly seq: number;
}

const name = ({ relay = '', seq }: Written): string => `${relay}${seq}`;

/** A relay that answers from `all`, and has more written while its answers are on the way. */
function relayOf(all: Written[], meanwhile: Written[][]): RunningRelay {
  const isShared = all.some(({ relay }) => relay !== undefined);
  const end = (): string | number => {
    const last = new Map(all.map(({ relay, seq }) => [relay, seq]));
    return isShared ? [...last].map(([relay, seq]) => `${relay}:${seq}`).join(',') : (all.at(-1)?.seq ?? 0);
  };
  const isAfter = ({ relay, seq }: Written, place: string): boolean => {
    const own = isShared ? place.split(',').find((each) => each.startsWith(`${relay}:`)) : `:${place}`;
    return seq > Number(own?.split(':')[1] ?? 0);
  };
  const record = { type: 'start' };
  const answers = (path: string, after: string | undefined): unknown => {
    if (path === '/admin/v1/audit') {
      return { records: all.toReversed().map((place) => ({ ...place, record, outcome: null })), next: null };
    }
    const found = after === undefined ? [] : all.filter((place) => isAfter(place, after));
    const records = found.map((place) => ({ ...place, payload: JSON.stringify(record) }));
    return { records, isBehind: false, next: end() };
  };
  return {
    stateIn: 'folder',
    get: (path, query = {}) => {
      const answer = answers(path, query['after'] as string | undefined);
      all.push(...(meanwhile.shift() ?? []));
      return Promise.resolve(answer);
    },
    post: () => Promise.reject(new Error('Nothing is changed.')),
    stream: () => Promise.reject(new Error('Nothing is streamed.')),
    text: () => Promise.reject(new Error('Nothing is exported.')),
  };
}

test.each<[string, Written[], Written[][]]>([
  ['one relay', [{ seq: 1 }, { seq: 2 }], [[{ seq: 3 }], [{ seq: 4 }], [{ seq: 5 }]]],
  ['one relay, whose audit is empty', [], [[{ seq: 1 }], [{ seq: 2 }], []]],
  [
    'relays that share a storage, one of them new',
    [
      { relay: 'a', seq: 1 },
      { relay: 'b', seq: 7 },
    ],
    [[{ relay: 'b', seq: 8 }], [{ relay: 'c', seq: 1 }], [{ relay: 'a', seq: 2 }]],
  ],
])('following shows each record once, also those written meanwhile: %s', async (_name, written, meanwhile) => {
  const expected = [...written, ...meanwhile.flat()].map(name);
  const source = askedSource({ relay: relayOf(written, meanwhile), only: undefined, limit: 10, follows: true });
  const newest: string[] = [];
  for await (const entry of source.newestFirst({})) newest.unshift(name(entry));
  const shown = [...newest];
  const stop = new AbortController();
  for await (const entry of source.follow({}, stop.signal)) {
    if (shown.push(name(entry)) === expected.length) break;
  }
  expect(shown.toSorted()).toEqual(expected.toSorted());
});
