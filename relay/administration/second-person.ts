import { AccessError } from '../../shared/errors.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { Config } from '../config/config-schema.ts';
import type { Person } from '../identity/person-key.ts';
import { foldedName } from '../sessions/locks-in-force.ts';

/** What nobody may do whom the relay can’t tell from those it is about, as the refusal words it. */
const refusalWords = {
  'give access': {
    cannot: 'give no access',
    member: 'one of them could have asked',
    emergency: 'could give it to themselves',
  },
  'erase people': {
    cannot: 'erase nobody',
    member: 'one of them could be the person',
    emergency: 'could erase what they did',
  },
} as const;
export type ActToTellApart = keyof typeof refusalWords;

/** Who gives access, as far as it is known. */
export interface GivesAccess {
  /** Null for a user of the relay’s machine. */
  readonly person: Person | null;
  /** Of a user of the machine: whether they could open the relay’s files anyway. */
  readonly machineUser?: { readonly opensFiles: boolean };
  /** Whether the socket was opened for a group when the relay started: a reload takes nobody out of it. */
  readonly isSocketShared?: boolean;
}

/**
 * Demands that who gives access or a way in with an emergency account, or erases somebody, can be told from whom it is about: a human with an
 * emergency account, or another user of the relay’s machine, could be the one.
 * @throws AccessError `policy-denied`
 */
export function requireToldApart(
  config: Pick<Config, 'admin' | 'relay'>,
  { person, machineUser, isSocketShared = false }: GivesAccess,
  act: ActToTellApart = 'give access',
): void {
  const words = refusalWords[act];
  const isAnyoneThere = isSocketShared || machineUser !== undefined || config.admin?.socket_group !== undefined;
  if (person === null && isAnyoneThere && machineUser?.opensFiles !== true)
    throw new AccessError(
      'policy-denied',
      `Members of admin.socket_group ${words.cannot}: the socket doesn’t say who they are at the provider, and ${words.member}. Use the operators’ port with your own sign-in.`,
    );
  if (person !== null && person.issuer === breakGlassIssuerOf(config))
    throw new AccessError(
      'policy-denied',
      `Emergency accounts ${words.cannot}: their people have another account at the provider, and ${words.emergency}. Ask an operator who signs in at the provider.`,
    );
}

/**
 * Demands, where two persons have to sign in together, that who makes a link for enrolment has no emergency account of their
 * own: they could enrol by the link themselves, and be both.
 * @throws AccessError `policy-denied`
 */
export function requireNoAccountOfTheirOwn(
  { break_glass: settings }: Pick<Config, 'break_glass'>,
  inviter: (Person & { readonly username: string }) | null,
  account: string,
): void {
  if (inviter === null || settings?.two_persons !== true) return;
  const { subject, username } = inviter;
  const own = settings.accounts.find(
    ({ name, person }) =>
      name !== account && person !== undefined && [subject, username].map(foldedName).includes(foldedName(person)),
  );
  if (own !== undefined)
    throw new AccessError(
      'policy-denied',
      `You make no link for ${account}: the emergency account ${own.name} is yours (break_glass.accounts), and two persons have to sign in. With both accounts you alone would be enough. Ask another owner for it, or root.`,
    );
}
