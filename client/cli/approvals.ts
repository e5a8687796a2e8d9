import type { ShownRequest } from '../../shared/access-request.ts';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import { settledProfile, type SharedContext } from './command-context.ts';

export interface ApprovalsOptions {
  readonly note?: string;
  readonly hours?: number;
}

const verdicts = ['approve', 'refuse', 'end'] as const;

/** `causeway approvals`: what waits for this person's word; `approve ID`, `refuse ID` and `end ID` decide. */
export async function approvals(
  context: SharedContext,
  action: string | undefined,
  id: string | undefined,
  { note = '', hours }: ApprovalsOptions,
): Promise<void> {
  const { core, terminal } = context;
  const isList = action === undefined || action === 'list';
  const verdict = verdicts.find((known) => known === action);
  if ((!isList && verdict === undefined) || isList !== (id === undefined)) {
    throw new AccessError('bad-input', 'Write: causeway approvals, or approvals approve ID, refuse ID, end ID.');
  }
  const profile = await settledProfile(context);
  if (profile?.signIn.status !== 'signed-in') throw new AccessError('not-signed-in', 'You aren’t signed in.');
  if (verdict !== undefined && id !== undefined) {
    await core.decideRequest(profile.id, id, { verdict, note, ...(hours === undefined ? {} : { hours }) });
    terminal.result({ type: 'decided', id, verdict }, `Done: ${verdict} ${id}.`);
    return;
  }
  await core.refreshRequests(profile.id);
  const { requests } = core.snapshot().profiles.find((candidate) => candidate.id === profile.id) ?? {};
  const mine = (requests?.requests ?? []).filter(({ decidable, endable }) => decidable || endable);
  terminal.result(
    { type: 'approvals', requests: mine },
    mine.length === 0 ? 'Nothing waits for you.' : mine.map(line).join('\n'),
  );
}

function line({ id, requester, role, api, hours, reason, decidable }: ShownRequest): string {
  const state = decidable ? 'waits' : 'in force';
  const words = `${id}  ${requester}: role ${role} at ${api ?? 'every API'} for ${hours} h (${state}): ${reason}`;
  // Somebody else has written it: nothing in it may steer the terminal.
  return shownText(words);
}
