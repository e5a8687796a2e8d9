import { describe, expect, test } from 'vitest';
import { findPlace } from '../../../renderer/model/find-place.ts';
import type { Place } from '../../../shared/ipc.ts';
import type { ProfileSnapshot, Snapshot } from '../../../shared/snapshot.ts';
import { sampleSnapshot } from '../../support/renderer-preview/sample-snapshot.ts';
import { sampleRequest } from '../../support/renderer-preview/sample-requests.ts';

const base = sampleSnapshot(1_000);
const [first] = base.profiles;
if (first === undefined) throw new Error('The sample has no profile');
const empty: ProfileSnapshot = { ...first, id: 'empty', catalog: { status: 'loading' } };
const own: ProfileSnapshot = {
  ...first,
  requests: {
    requests: [sampleRequest({ id: 'mine1', mine: true }), sampleRequest({ id: 'theirs' })],
    decides: true,
    leftOut: 0,
  },
};
const second: ProfileSnapshot = { ...first, id: 'second' };
const lockedOut: ProfileSnapshot = {
  ...first,
  id: 'locked-out',
  catalog:
    first.catalog.status === 'ready'
      ? {
          ...first.catalog,
          catalog: {
            ...first.catalog.catalog,
            apis: first.catalog.catalog.apis.map((api) => ({ ...api, access: 'locked' as const })),
          },
        }
      : first.catalog,
};
const signedOut: ProfileSnapshot = { ...empty, signIn: { status: 'signed-out', problem: null } };

const snapshotOf = (profiles: readonly ProfileSnapshot[], currentProfileId = first.id): Snapshot => ({
  ...base,
  profiles,
  currentProfileId,
});

describe('a place that a link names', () => {
  test.each<[string, Snapshot, Extract<Place, { show: 'api' | 'request' }>, object]>([
    ['nobody is signed in', snapshotOf([signedOut]), { show: 'api', api: 'orders' }, { status: 'nowhere' }],
    ['no relay has it', snapshotOf([first]), { show: 'api', api: 'nope' }, { status: 'nowhere' }],
    ['a relay hasn’t said yet', snapshotOf([first, empty]), { show: 'api', api: 'nope' }, { status: 'unknown-yet' }],
    ['no request is called so', snapshotOf([own]), { show: 'request', id: 'nope' }, { status: 'nowhere' }],
    [
      'another relay is named',
      snapshotOf([own, second]),
      { show: 'api', api: 'orders', profileId: 'gone' },
      { status: 'nowhere' },
    ],
    ['requests aren’t known yet', snapshotOf([first]), { show: 'request', id: 'mine1' }, { status: 'unknown-yet' }],
    [
      'two accounts have it, whichever is in front',
      snapshotOf([second, first]),
      { show: 'api', api: 'orders' },
      { status: 'several', profileIds: ['second', first.id] },
    ],
    [
      'two have it and one may use it',
      snapshotOf([second, lockedOut]),
      { show: 'api', api: 'orders' },
      { status: 'api', profileId: 'second' },
    ],
    [
      'one of two that have it is named',
      snapshotOf([second, first]),
      { show: 'api', api: 'orders', profileId: 'second' },
      { status: 'api', profileId: 'second' },
    ],
    [
      'one has it, and another answers in a moment',
      snapshotOf([second, { ...empty, tunnel: { status: 'connecting' } }]),
      { show: 'api', api: 'orders' },
      { status: 'unknown-yet' },
    ],
    [
      'one has it, and another can’t be reached',
      snapshotOf([second, { ...empty, tunnel: { status: 'closed' } }]),
      { show: 'api', api: 'orders' },
      { status: 'api', profileId: 'second' },
    ],
    [
      'only another has it',
      snapshotOf([empty, second], 'empty'),
      { show: 'api', api: 'orders' },
      { status: 'api', profileId: 'second' },
    ],
    ['it is the person’s own', snapshotOf([own]), { show: 'request', id: 'mine1' }, { status: 'request', mine: true }],
    [
      'it is for the person to decide',
      snapshotOf([own]),
      { show: 'request', id: 'theirs' },
      { status: 'request', mine: false },
    ],
  ])('%s', (_when, snapshot, place, found) => {
    expect(findPlace(snapshot, place)).toMatchObject(found);
  });
});
