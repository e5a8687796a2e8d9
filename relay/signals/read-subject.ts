import type { TransmitterConfig } from '../config/signals-schema.ts';
import { SetRefusal } from './set-refusal.ts';

/** Whom or what an event is about, as the relay knows people and sign-ins of the transmitter’s provider. */
export interface SignalSubject {
  /** Subject of the provider; null when it isn’t named. */
  readonly subject: string | null;
  /** User name, to be found among those who were here; null when it isn’t named. */
  readonly username: string | null;
  /** The provider’s session (`sid`). */
  readonly session: string | null;
  /** `jti` of one token. */
  readonly tokenId: string | null;
}

/** What a subject is read by. */
export interface SubjectRules {
  /** Issuers whose subjects count. */
  readonly issuers: readonly string[];
  readonly subjects: TransmitterConfig['subjects'];
}

const nobody: SignalSubject = { subject: null, username: null, session: null, tokenId: null };
const maxAliases = 20;
const maxText = 1024;

/**
 * Reads a subject identifier (RFC 9493; complex ones as SSF 1.0 §3.2 says). What names nobody of this provider is nobody.
 * Pure. @throws SetRefusal for what is no subject identifier
 */
export function readSignalSubject(value: unknown, rules: SubjectRules): SignalSubject {
  return read(value, rules, true);
}

/** Whether it names anything at all. */
export function isAboutSomebody({ subject, username, session, tokenId }: SignalSubject): boolean {
  return [subject, username, session, tokenId].some((name) => name !== null);
}

function read(value: unknown, rules: SubjectRules, mayBeComplex: boolean): SignalSubject {
  const given = objectOf(value);
  // Drafts named the form `subject_type`.
  const form = given['format'] ?? given['subject_type'];
  switch (form) {
    case 'iss_sub':
    case 'iss-sub': {
      const subject = textOf(given, 'sub');
      return rules.issuers.includes(textOf(given, 'iss')) ? { ...nobody, subject } : nobody;
    }
    case 'email': {
      const email = textOf(given, 'email');
      return rules.subjects.email === 'username' ? { ...nobody, username: email } : nobody;
    }
    case 'account': {
      const uri = textOf(given, 'uri');
      const isAccount = uri.startsWith('acct:') && rules.subjects.email === 'username';
      return isAccount ? { ...nobody, username: uri.slice('acct:'.length) } : nobody;
    }
    case 'opaque': {
      const id = textOf(given, 'id');
      return rules.subjects.opaque === 'subject' ? { ...nobody, subject: id } : nobody;
    }
    case 'jwt_id':
    case 'jwt-id': {
      const tokenId = textOf(given, 'jti');
      return rules.issuers.includes(textOf(given, 'iss')) ? { ...nobody, tokenId } : nobody;
    }
    case 'aliases': {
      const list = given['identifiers'];
      if (!Array.isArray(list) || list.length === 0 || list.length > maxAliases) throw unreadable('identifiers');
      // One person under several names: the surest of them counts.
      const found = list.map((entry) => read(entry, rules, false));
      return found.find(({ subject }) => subject !== null) ?? found.find(isAboutSomebody) ?? nobody;
    }
    case 'phone_number':
    case 'did':
    case 'uri':
    case 'saml_assertion_id':
      return nobody;
    case 'complex':
    case undefined:
      if (mayBeComplex) return readComplex(given, rules);
      throw unreadable('format');
    default:
      // A form that isn’t known says nothing of whom it means.
      if (typeof form === 'string') return nobody;
      throw unreadable('format');
  }
}

/** A person, a session or both; all must be the same one. What is also demanded of a device or a tenant isn’t known here. */
function readComplex(given: Readonly<Record<string, unknown>>, rules: SubjectRules): SignalSubject {
  const { user, session } = given;
  if (user === undefined && session === undefined) {
    if (['device', 'tenant', 'org_unit', 'group', 'application'].some((name) => Object.hasOwn(given, name)))
      return nobody;
    throw unreadable('format');
  }
  const person = user === undefined ? nobody : read(user, rules, false);
  if (user !== undefined && !isAboutSomebody(person)) return nobody;
  return session === undefined ? person : { ...person, session: sessionOf(session) };
}

/** A session is named by an opaque id: the `sid` of the provider’s tokens. */
function sessionOf(value: unknown): string {
  const given = objectOf(value);
  const form = given['format'] ?? given['subject_type'];
  if (form === 'opaque') return textOf(given, 'id');
  if (form === 'iss_sub' || form === 'iss-sub') return textOf(given, 'sub');
  throw unreadable('session');
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable('sub_id');
  return value as Readonly<Record<string, unknown>>;
}

function textOf(given: Readonly<Record<string, unknown>>, name: string): string {
  const value = given[name];
  if (typeof value !== 'string' || value === '' || value.length > maxText) throw unreadable(name);
  return value;
}

function unreadable(name: string): SetRefusal {
  return new SetRefusal('invalid_request', `The token names no subject that can be read (${name}).`);
}
