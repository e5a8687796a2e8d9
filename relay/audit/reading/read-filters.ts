import { METHODS } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AccessError } from '../../../shared/errors.ts';
import { momentOf } from '../../../shared/moment.ts';
import { breakGlassGroup } from '../../config/break-glass-issuer.ts';
import type { AuditEntry, AuditFilters } from './audit-query.ts';
import type { Cursor } from './audit-source.ts';

/** Filters as they are typed, or stand in an address. */
export interface FilterTexts {
  readonly user?: string;
  readonly group?: string;
  /** Only what has to do with accounts of the relay’s own. */
  readonly breakGlass?: boolean;
  readonly api?: string;
  readonly method?: string;
  readonly path?: string;
  readonly effect?: 'allow' | 'deny';
  readonly rule?: string;
  readonly code?: string;
  readonly status?: string;
  readonly session?: string;
  readonly device?: string;
  readonly address?: string;
  readonly grant?: string;
  readonly type?: string;
  readonly request?: string;
  readonly since?: string;
  readonly until?: string;
}

const types = {
  decision: true,
  'authentication-refused': true,
  session: true,
  access: true,
  administrator: true,
  lock: true,
  anomaly: true,
  relay: true,
} as const satisfies Readonly<Record<AuditEntry['record']['type'], true>>;

/** Kinds of records that are listed. */
export const listedTypes: readonly string[] = Object.keys(types);

/** Reads the filters. @throws AccessError `bad-input` for what can't be meant */
export function readFilters(given: FilterTexts, nowMs: number): AuditFilters {
  const { user, api, effect, rule, code, session, device, grant, type, request } = given;
  const sinceMs = given.since === undefined ? undefined : momentOf(given.since, nowMs);
  const untilMs = given.until === undefined ? undefined : momentOf(given.until, nowMs);
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs >= untilMs)
    throw new AccessError('bad-input', '“since” must be before “until”.');
  if (given.breakGlass === true && given.group !== undefined)
    throw new AccessError('bad-input', 'Break-glass is a group, too: leave one of both out.');
  const group = given.breakGlass === true ? breakGlassGroup : given.group;
  const filters = {
    user,
    group,
    api,
    effect,
    rule,
    code,
    session,
    device,
    grant,
    type,
    request,
    sinceMs,
    untilMs,
    method: read(given.method, methodOf),
    path: read(given.path, pathOf),
    status: read(given.status, statusOf),
    address: read(given.address, addressOf),
  };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)) as AuditFilters;
}

/** A cursor as it is typed, or stands in an address. @throws AccessError `bad-input` */
export function readCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  return text.includes(':') ? text : readCount(text, 'cursor');
}

/** A whole number from one on; `name` is what it is called in problems. @throws AccessError `bad-input` */
export function readCount(text: string, name: string, atMost = Number.MAX_SAFE_INTEGER): number {
  const count = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= atMost) return count;
  const range = atMost === Number.MAX_SAFE_INTEGER ? 'from 1 on' : `from 1 to ${atMost}`;
  throw new AccessError('bad-input', `“${name}” must be a whole number ${range}, not “${text}”.`);
}

function read(text: string | undefined, reading: (text: string) => string): string | undefined {
  return text === undefined ? undefined : reading(text);
}

function methodOf(text: string): string {
  const method = text.toUpperCase();
  if (METHODS.includes(method)) return method;
  throw new AccessError('bad-input', `“${text}” isn’t an HTTP method.`);
}

function pathOf(text: string): string {
  if (/^\/[^?#]*$/.test(text)) return text;
  throw new AccessError('bad-input', `“${text}” isn’t a path. Write it like /v1/orders, without a query.`);
}

function statusOf(text: string): string {
  if (/^[1-5](?:\d\d|xx)$/i.test(text)) return text.toLowerCase();
  throw new AccessError('bad-input', `“${text}” isn’t a status. Write it like 404, or 5xx for all from 500 on.`);
}

function addressOf(text: string): string {
  if (isIP(text) !== 0) return ipaddr.parse(text).toString();
  throw new AccessError('bad-input', `“${text}” isn’t an IP address.`);
}
