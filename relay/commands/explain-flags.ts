import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { AccessError } from '../../shared/errors.ts';
import { timeOf } from '../../shared/moment.ts';
import type { ExplainOptions } from './explain.ts';

/** Options of `explain` as typed. */
export interface ExplainFlags {
  readonly config: string;
  readonly data?: string;
  readonly as?: string;
  readonly groups: string;
  readonly issuer?: string;
  readonly token?: string;
  readonly scopes?: string;
  readonly claims?: string;
  readonly service?: boolean;
  readonly acr?: string;
  readonly signedInAt?: string;
  readonly at?: string;
  readonly currentRules?: boolean;
  readonly relay?: string;
  readonly from?: string;
  readonly json: boolean;
}

/** Reads the options; the token comes from a file, because other users can see command lines. @throws AccessError `bad-input` */
export function explainOptions(flags: ExplainFlags): Omit<ExplainOptions, 'method' | 'url' | 'write'> {
  const atMs = flags.at === undefined ? undefined : timeOf(flags.at);
  const isPast = atMs !== undefined && atMs < Date.now() && flags.currentRules !== true;
  if (flags.relay !== undefined && !isPast)
    throw new AccessError('bad-input', '--relay goes with a past --at: whose rules of then.');
  if (flags.from !== undefined && isIP(flags.from) === 0)
    throw new AccessError('bad-input', `“${flags.from}” isn’t an IP address.`);
  const list = (text: string): readonly string[] => text.split(',').filter((entry) => entry !== '');
  return {
    configPath: flags.config,
    dataDir: flags.data,
    ...(flags.as === undefined ? {} : { as: flags.as }),
    groups: list(flags.groups),
    ...(flags.issuer === undefined ? {} : { issuer: flags.issuer }),
    ...(flags.token === undefined ? {} : { token: readToken(flags.token) }),
    subject: {
      kind: flags.service === true ? 'service' : 'person',
      scopes: list(flags.scopes ?? ''),
      claims: readClaims(flags.claims ?? '{}'),
      acr: flags.acr,
      authTimeMs: flags.signedInAt === undefined ? undefined : timeOf(flags.signedInAt),
    },
    ...(isPast ? { rulesAtMs: atMs } : {}),
    context: {
      ...(atMs === undefined ? {} : { timeMs: atMs }),
      remoteAddress: flags.from ?? '',
    },
    json: flags.json,
  };
}

function readToken(source: string): string {
  try {
    return readFileSync(source === '-' ? 0 : source, 'utf8').trim();
  } catch (error) {
    throw new AccessError('bad-input', `The token can’t be read from ${source === '-' ? 'standard input' : source}.`, {
      cause: error,
    });
  }
}

function readClaims(text: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(text);
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return { ...claims };
  } catch (error) {
    throw new AccessError('bad-input', '--claims isn’t JSON. Write it like \'{"department":"sales"}\'.', {
      cause: error,
    });
  }
  throw new AccessError('bad-input', '--claims must be a JSON object, like \'{"department":"sales"}\'.');
}
