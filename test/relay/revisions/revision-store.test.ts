import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { userNamed } from '../../../relay/config/config-source.ts';
import { openRevisionStore, type RevisionEvent, revisionHash } from '../../../relay/revisions/revision-store.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

const event = (timeMs: number, text: string, kind: RevisionEvent['event'] = 'loaded'): RevisionEvent => ({
  timeMs,
  event: kind,
  file: '/etc/relay.yaml',
  hash: revisionHash(text),
});

function kept(dataDir = temporaryFolder(), maxBytes?: number) {
  const store = openRevisionStore(dataDir, maxBytes === undefined ? {} : { maxBytes });
  onTestFinished(() => store.close());
  store.keep(event(1000, 'one'), 'one');
  store.keep(event(2000, 'two'), 'two');
  store.keep(event(2500, 'bad', 'refused'), 'bad');
  store.keep(event(3000, 'one'), 'one');
  return store;
}

test.each([
  [999, { status: 'too-early', firstMs: 1000 }],
  [1000, { status: 'found', revision: { text: 'one', timeMs: 1000, untilMs: 2000 } }],
  [1999, { status: 'found', revision: { text: 'one', timeMs: 1000, untilMs: 2000 } }],
  [2000, { status: 'found', revision: { text: 'two', untilMs: 3000 } }],
  [2700, { status: 'found', revision: { text: 'two', untilMs: 3000 } }],
  [9000, { status: 'found', revision: { text: 'one', timeMs: 3000, untilMs: null } }],
])('in force at %i is %j', (timeMs, expected) => {
  expect(kept().at(timeMs)).toMatchObject(expected);
});

test('nothing is in force where nothing was kept', () => {
  const store = openRevisionStore(temporaryFolder());
  expect(store.at(1000)).toEqual({ status: 'none' });
  store.close();
});

test('beyond the bound the oldest texts go, and a time when one was in force is known to be one of those', () => {
  const store = kept(undefined, 6);
  expect(store.at(2000)).toEqual({ status: 'pruned', hash: revisionHash('two') });
  expect(store.at(1000)).toMatchObject({ status: 'found', revision: { text: 'one' } });
});

test('what is in force stays, whatever its size', () => {
  expect(kept(undefined, 1).at(3000)).toMatchObject({ status: 'found', revision: { text: 'one' } });
});

test('a text that was changed in the data folder doesn’t count', () => {
  const dataDir = temporaryFolder();
  const store = kept(dataDir);
  const database = new DatabaseSync(join(dataDir, 'config-revisions.sqlite'));
  database.prepare('UPDATE revision SET text = ? WHERE hash = ?').run('forged', revisionHash('two'));
  database.close();
  expect(store.at(2000)).toEqual({ status: 'altered', hash: revisionHash('two') });
});

test.each([
  ['root:x:0:0::/root:/bin/sh\ncauseway:x:993:993::/:/bin/false\n', 993, 'causeway'],
  ['root:x:0:0::/root:/bin/sh\n', 993, 'uid 993'],
  ['', 0, 'uid 0'],
])('by %j user %i is %s', (users, uid, name) => {
  expect(userNamed(uid, () => users)).toBe(name);
});
