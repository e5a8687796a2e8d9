import type { Catalog, CatalogEntry } from '../../shared/catalog.ts';
import { unlockText } from './access-level.ts';
import { text } from '../../shared/messages/text.ts';

export type Requestable = NonNullable<CatalogEntry['requestable']>[number];

/** Roles to ask for at an API that the person doesn't have already. */
export function rolesToAskFor(api: Pick<CatalogEntry, 'requestable'>, catalog: Catalog | null): Requestable[] {
  const groups = new Set(catalog?.person.groups);
  return (api.requestable ?? []).filter(({ role }) => !groups.has(role));
}

/** Roles to ask for at all APIs that would open something of this one to the person. */
export function rolesForAll(
  api: Pick<CatalogEntry, 'unlockedBy' | 'permissions'>,
  catalog: Catalog | null,
): Requestable[] {
  const opening = new Set([...api.unlockedBy, ...api.permissions.flatMap(({ unlockedBy }) => unlockedBy)]);
  return catalog === null ? [] : rolesToAskFor(catalog, catalog).filter(({ role }) => opening.has(role));
}

/** The command that asks for a role without the window; the reason is for the person to fill in. */
export function requestCommand(api: string | null, role: string): string {
  return `causeway request-access ${api ?? '--all'} --role ${shellWord(role)} --reason 'why'`;
}

/** A message to whoever owns an API that takes no requests itself: who wants what, and what would open it. */
export function requestMessage(
  api: Pick<CatalogEntry, 'name' | 'id' | 'unlockedBy'>,
  catalog: Catalog | null,
  relayName: string,
): string {
  const person = catalog?.person;
  const lines = [
    text('access.message', { api: api.name, id: api.id, relay: relayName }) +
      (api.unlockedBy.length === 0 ? '' : ` ${unlockText(api.unlockedBy)}.`),
    ...(person === undefined
      ? []
      : [text('access.message.account', { account: person.email ?? person.name, id: person.subject })]),
    `${text('access.message.reason')} `,
  ];
  return lines.join('\n');
}

/** One word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
