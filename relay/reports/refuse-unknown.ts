import { AccessError } from '../../shared/errors.ts';
import type { Config } from '../config/config-schema.ts';
import type { UsageFilter, UsageStore } from './usage-store.ts';

/** @throws AccessError `bad-input` when a filter names what neither the config nor the counts know */
export async function refuseUnknown(
  usage: UsageStore,
  { apis }: Pick<Config, 'apis'>,
  { api, user, group }: UsageFilter,
): Promise<void> {
  if (api !== undefined && !apis.some(({ id }) => id === api) && !(await usage.knows('api', api)))
    throw unknown('API', api);
  if (user !== undefined && !(await usage.knows('person', user))) throw unknown('person', user);
  const isInRules = apis.some(({ rules }) => rules.some((rule) => group !== undefined && rule.groups?.includes(group)));
  if (group !== undefined && !isInRules && !(await usage.knows('group', group))) throw unknown('group', group);
}

function unknown(what: string, name: string): AccessError {
  return new AccessError('bad-input', `No ${what} “${name.slice(0, 100)}” is in the config or in the counts.`);
}
