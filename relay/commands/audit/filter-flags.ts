import { METHODS } from 'node:http';
import { isIP } from 'node:net';
import { type Command, Option } from 'commander';
import ipaddr from 'ipaddr.js';
import { AccessError } from '../../../shared/errors.ts';
import type { AuditEntry, AuditFilters } from '../../audit/reading/audit-query.ts';
import { momentOf } from './moment.ts';

/** Filters as typed. */
export interface FilterFlags {
  readonly user?: string;
  readonly group?: string;
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

const listedTypes = {
  decision: true,
  'authentication-refused': true,
  session: true,
  access: true,
  administrator: true,
  lock: true,
  anomaly: true,
  relay: true,
} as const satisfies Readonly<Record<AuditEntry['record']['type'], true>>;

/** Adds the options that say which records. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--user <name>', 'user name or subject')
    .option('--group <name>', 'a group of the person')
    .option('--api <id>')
    .option('--method <method>')
    .option('--path <path>', 'this path and all below it')
    .addOption(new Option('--effect <effect>').choices(['allow', 'deny']))
    .option('--rule <name>', 'rule that decided')
    .option('--code <code>', 'code of the problem that a caller was told')
    .option('--status <status>', 'of the answer: 404, or 5xx for all from 500 on')
    .option('--session <id>')
    .option('--device <name>')
    .option('--address <ip>', 'where the person came from')
    .option('--grant <id>', 'what was done with a grant, and what it allowed')
    .addOption(new Option('--type <type>', 'kind of record').choices(Object.keys(listedTypes)))
    .option('--request <id>', 'request id, as a refusal names it')
    .option('--since <time>', 'from then on: 2026-01-31, 2026-01-31T08:00:00Z, or 24h, 7d for so long ago')
    .option('--until <time>', 'before then');
}

/** Reads the filters. @throws AccessError `bad-input` for what can't be meant */
export function filtersOf(flags: FilterFlags, nowMs: number): AuditFilters {
  const { user, group, api, effect, rule, code, session, device, grant, type, request } = flags;
  const sinceMs = flags.since === undefined ? undefined : momentOf(flags.since, nowMs);
  const untilMs = flags.until === undefined ? undefined : momentOf(flags.until, nowMs);
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs >= untilMs)
    throw new AccessError('bad-input', '--since must be before --until.');
  const given = {
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
    method: read(flags.method, methodOf),
    path: read(flags.path, pathOf),
    status: read(flags.status, statusOf),
    address: read(flags.address, addressOf),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as AuditFilters;
}

/** A whole number from one on. @throws AccessError `bad-input` */
export function countOf(text: string, option: string, atMost = Number.MAX_SAFE_INTEGER): number {
  const count = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= atMost) return count;
  const range = atMost === Number.MAX_SAFE_INTEGER ? 'from 1 on' : `from 1 to ${atMost}`;
  throw new AccessError('bad-input', `${option} must be a whole number ${range}, not “${text}”.`);
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
