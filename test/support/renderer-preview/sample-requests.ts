import type { ShownRequest, ShownRequests } from '../../../shared/access-request.ts';
import type { Notice } from '../../../shared/notice.ts';

/** A request for access that waits for the person's word, unless `change` says otherwise. */
export function sampleRequest(change: Partial<ShownRequest> = {}): ShownRequest {
  const mine = change.mine ?? false;
  return {
    id: 'pQ3x7LmN0aZb',
    requester: mine ? 'dana' : 'alice',
    mine,
    decidable: !mine && (change.status ?? 'pending') === 'pending',
    endable: !mine && change.status === 'approved',
    api: 'payroll',
    role: 'finance',
    reason: 'Payslip of March for the tax office',
    hours: 8,
    requestedAtMs: 1_000,
    status: 'pending',
    decidedBy: null,
    decidedAtMs: null,
    expiresAtMs: null,
    approvers: ['relay-admins'],
    ...change,
  };
}

const hour = 3_600_000;

/** What somebody who decides sees: two that wait, one that goes on, and two that are over. */
export function sampleRequests(nowMs: number): ShownRequests {
  const over = { decidedBy: 'dana', decidedAtMs: nowMs - 26 * hour, requestedAtMs: nowMs - 27 * hour };
  return {
    decides: true,
    leftOut: 12,
    requests: [
      sampleRequest({
        requestedAtMs: nowMs - 5 * 60_000,
        today: {
          allowed: ['Read everything under /v1/payslips/own'],
          about: [{ verbs: ['read'], places: [{ kind: 'under', path: '/v1/payslips/own' }], signInAgain: false }],
          grants: [],
        },
      }),
      sampleRequest({
        id: 'second',
        requester: 'a-person-with-a-very-long-user-name@subsidiary.acme.example',
        api: null,
        role: 'settlement-operators-of-the-subsidiary',
        hours: 72,
        reason:
          'The clearing house changed its file format last night, and 1,200 settlements wait to be corrected by hand.',
        requestedAtMs: nowMs - hour,
        today: { allowed: [], grants: [{ role: 'auditors', api: null, expiresAtMs: nowMs + 2 * hour }] },
      }),
      sampleRequest({
        id: 'third',
        requester: 'bob',
        api: 'orders',
        role: 'refunders',
        status: 'approved',
        decidedBy: 'dana',
        decidedAtMs: nowMs - hour,
        requestedAtMs: nowMs - 2 * hour,
        expiresAtMs: nowMs + 3 * hour,
        note: 'Until the end of the shift',
      }),
      sampleRequest({ ...over, id: 'fourth', requester: 'carol', status: 'refused', note: 'Use the form' }),
      sampleRequest({ ...over, id: 'fifth', requester: 'bob', status: 'expired', expiresAtMs: nowMs - 18 * hour }),
    ],
  };
}

/** The last things that alice was told, two of them unread. */
export function sampleNotices(nowMs: number): readonly Notice[] {
  const told = { profileId: 'acme', relayName: 'Acme' };
  const grant = { request: 'ar-7f3k', api: 'payroll', apiName: 'Payroll', role: 'finance' };
  return [
    {
      ...told,
      id: 'a',
      atMs: nowMs - 60_000,
      read: false,
      facts: { kind: 'grant-ending', ...grant, endsAtMs: nowMs + 15 * 60_000 },
    },
    {
      ...told,
      id: 'b',
      atMs: nowMs - 2 * hour,
      read: false,
      facts: {
        kind: 'quota-low',
        api: 'orders',
        apiName: 'Orders',
        left: 180,
        limit: 1000,
        resetsAtMs: nowMs + 9 * hour,
      },
    },
    {
      ...told,
      id: 'c',
      atMs: nowMs - 7 * hour,
      read: true,
      facts: { kind: 'request-approved', ...grant, by: 'dana', note: 'Until noon', endsAtMs: nowMs + 15 * 60_000 },
    },
    {
      ...told,
      id: 'd',
      atMs: nowMs - 30 * hour,
      read: true,
      facts: { kind: 'new-device', name: 'alice-desktop', system: 'Windows 11', address: '10.20.3.4' },
    },
    {
      ...told,
      id: 'e',
      atMs: nowMs - 31 * hour,
      read: true,
      facts: { kind: 'emergency-sign-in', account: 'kim', signedInAtMs: nowMs - 31 * hour },
    },
    {
      id: 'app update-ready 0.2.0',
      profileId: '',
      relayName: '',
      atMs: nowMs - 33 * hour,
      read: true,
      facts: { kind: 'app-update-ready', version: '0.2.0' },
    },
  ];
}
