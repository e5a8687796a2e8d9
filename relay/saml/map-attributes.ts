import type { SamlConfig } from '../config/saml-schema.ts';
import { quoted } from '../identity/refuse.ts';
import type { SamlSubject } from './check-assertion.ts';
import { samlRefusal } from './saml-refusal.ts';

/** A person as the bridge’s tokens describe them. */
export interface SamlPerson {
  readonly subject: string;
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
}

const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
/**
 * Turns attributes into claims as configured.
 * @throws AccessError `token-rejected` that names what is missing, and which attributes there were (names, not values)
 */
export function mapAttributes(subject: SamlSubject, config: SamlConfig): SamlPerson {
  const first = (names: readonly string[]): readonly string[] =>
    names.map((name) => subject.attributes.get(name)).find((values) => values !== undefined) ?? [];
  const claims: Record<string, string | readonly string[]> = {};
  const [username] = first(config.attributes.username);
  const [name] = first(config.attributes.name);
  const [email] = first(config.attributes.email);
  const groups = first(config.attributes.groups);
  const mail = email ?? (subject.nameIdFormat === emailFormat ? subject.nameId : undefined);
  const user = username ?? mail ?? (subject.nameIdFormat === transient ? undefined : subject.nameId);
  if (user !== undefined) claims['preferred_username'] = user;
  if (name !== undefined) claims['name'] = name;
  if (mail !== undefined) claims['email'] = mail;
  if (groups.length > 0) claims['groups'] = groups;
  for (const [claim, attribute] of Object.entries(config.claims)) {
    const values = subject.attributes.get(attribute);
    if (values === undefined) continue;
    claims[claim] = values.length === 1 ? (values[0] ?? '') : values;
  }
  for (const claim of config.required) {
    if (claims[claim === 'username' ? 'preferred_username' : claim] !== undefined) continue;
    throw samlRefusal(
      `The sign-in service sent no ${claim}, which is required: ${wanted(claim, config)}. ${had(subject)}`,
    );
  }
  return { subject: identifierOf(subject, config), claims };
}

function identifierOf(subject: SamlSubject, config: SamlConfig): string {
  if (config.subject_attribute !== undefined) {
    const values = subject.attributes.get(config.subject_attribute) ?? [];
    const [value] = values;
    if (value === undefined || values.length > 1)
      throw samlRefusal(
        `The sign-in service sent no single ${quoted(config.subject_attribute)} to know the person by. ${had(subject)}`,
      );
    return value;
  }
  if (subject.nameIdFormat === transient)
    throw samlRefusal(
      'The sign-in service sent a transient NameID, which changes each time. Let it send a persistent one or a mail ' +
        'address, or set subject_attribute in the relay’s config.',
    );
  if (subject.nameId === '') throw samlRefusal('The sign-in service sent an empty NameID.');
  return subject.nameId;
}

function wanted(claim: string, { attributes, claims }: SamlConfig): string {
  const names = Object.hasOwn(attributes, claim)
    ? attributes[claim as keyof typeof attributes]
    : [claims[claim] ?? claim];
  return `attribute ${names.map((name) => `“${name}”`).join(' or ')}`;
}

function had({ attributes }: SamlSubject): string {
  const names = [...attributes.keys()].slice(0, 30).map(quoted);
  return names.length === 0 ? 'It sent no attributes.' : `It sent ${names.join(', ')}.`;
}
