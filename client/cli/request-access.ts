import { AccessError } from '../../shared/errors.ts';
import { apisOf } from './apis.ts';
import { type SharedContext, settledProfile } from './command-context.ts';

export interface RequestAccessOptions {
  readonly role?: string;
  readonly reason: string;
  readonly hours?: number;
}

/** `causeway request-access`: asks the API's approvers for a role. */
export async function requestAccess(context: SharedContext, api: string, options: RequestAccessOptions): Promise<void> {
  const profile = await settledProfile(context);
  const entry = apisOf(profile).find(({ id }) => id === api);
  if (profile === undefined || entry === undefined) {
    throw new AccessError('unknown-api', `There is no API “${api}” for you. Run: causeway apis`);
  }
  const offered = entry.requestable ?? [];
  const [only] = offered;
  const role = options.role ?? (offered.length === 1 ? only?.role : undefined);
  if (role === undefined) {
    const names = offered.map((offer) => offer.role).join(', ');
    throw new AccessError(
      'bad-input',
      names === ''
        ? `${entry.name} takes no requests for access.`
        : `Say which with --role; ${entry.name} has: ${names}.`,
    );
  }
  const { reason, hours } = options;
  const answer = await context.core.requestAccess(profile.id, {
    api,
    role,
    reason,
    ...(hours === undefined ? {} : { hours }),
  });
  context.terminal.result(
    { type: 'access-request', ...answer },
    answer.status === 'pending'
      ? `Asked for the role ${answer.role} at ${entry.name}, for ${answer.hours} h. Quote ${answer.id}; when it is approved, it holds at once.`
      : `The request ${answer.id} for the role ${answer.role} is ${answer.status}.`,
  );
}
