import type { DiscoveryIssuer } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';

/** What is known of the person's choice before asking. */
export interface IssuerChoice {
  /** Name or issuer identifier that the person has given. */
  readonly wanted?: string | undefined;
  /** Identifier of the one used last, taken when it is still there. */
  readonly last?: string | undefined;
  /** Asks the person; resolves with an identifier. */
  readonly ask?: ((issuers: readonly DiscoveryIssuer[]) => Promise<string>) | undefined;
}

function find(issuers: readonly DiscoveryIssuer[], wanted: string): DiscoveryIssuer | undefined {
  const lower = wanted.toLowerCase();
  return issuers.find(({ issuer }) => issuer === wanted) ?? issuers.find(({ name }) => name.toLowerCase() === lower);
}

/**
 * Which of the relay's sign-in services to use: the one that is wanted, the only one, the last one, else the one that
 * the person chooses, else the first.
 * @throws AccessError `bad-input` naming what there is, when the wanted one isn't there
 */
export async function chooseIssuer(
  issuers: readonly DiscoveryIssuer[],
  choice: IssuerChoice,
): Promise<DiscoveryIssuer> {
  const [first] = issuers;
  if (!first) throw new AccessError('relay-not-causeway', text('failure.no-issuer'));
  if (choice.wanted !== undefined) return mustFind(issuers, choice.wanted);
  if (issuers.length === 1) return first;
  const last = choice.last === undefined ? undefined : issuers.find(({ issuer }) => issuer === choice.last);
  if (last) return last;
  return choice.ask ? mustFind(issuers, await choice.ask(issuers)) : first;
}

function mustFind(issuers: readonly DiscoveryIssuer[], wanted: string): DiscoveryIssuer {
  const found = find(issuers, wanted);
  if (found) return found;
  const names = issuers.map(({ name }) => `“${name}”`).join(', ');
  throw new AccessError('bad-input', text('failure.unknown-issuer', { wanted, names }));
}
