import { lstatSync } from 'node:fs';
import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { version } from '../../shared/version.ts';
import { currentOperator } from '../acts/operator.ts';
import { adminSocketName, sudoUserHeader } from '../admin/admin-socket.ts';

/** What stands in an address; left out what is undefined or false. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A relay that runs on a data folder, asked over its operators’ socket. */
export interface RunningRelay {
  /** Where it keeps sessions, locks and grants. */
  readonly stateIn: 'folder' | 'redis' | 'storage';
  /** @throws AccessError what the relay refuses */
  get(path: string, query?: Query): Promise<unknown>;
  post(path: string, body?: object): Promise<unknown>;
  /** An answer that is read as it comes; it breaks off when nothing of it comes for a while. */
  stream(path: string, body: object): Promise<IncomingMessage>;
  /** An answer that is no JSON, with its headers. */
  text(path: string, query: Query): Promise<{ readonly text: string; readonly headers: IncomingMessage['headers'] }>;
}

/** The relay that runs is of another version, whose operators’ API doesn’t have what was asked. */
export class UnknownToRelay extends AccessError {}

/** Who a command asks instead of opening what a relay keeps. */
export interface AtRelay {
  readonly relay: RunningRelay;
}

/** How long answers may take: the longest readings of the relay take as long as all records do. */
const answerMs = 900_000;
const maxWaits = 20;

export interface AskingOptions {
  /** How long the relay may be silent in an answer that is read as it comes, milliseconds. Default 15 minutes. */
  readonly silentMs?: number;
}

/**
 * The relay that runs on a data folder; null when none does.
 * @throws AccessError `bad-input` when there is one that this user may not ask
 */
export async function findRelay(
  dataDir: string,
  { silentMs = answerMs }: AskingOptions = {},
): Promise<RunningRelay | null> {
  if (process.platform === 'win32') return null;
  const socketPath = join(dataDir, adminSocketName);
  if (!isThere(socketPath)) return null;
  const ask = async (options: RequestOptions, body?: object): Promise<Answer> => {
    for (let waits = 0; ; waits += 1) {
      const answer = await send({ socketPath, ...options }, body);
      // A long list is read in many pages; what was refused for their number wasn’t carried out.
      if (answer.status !== 429 || waits >= maxWaits) return answer;
      await sleep(Number(answer.headers['retry-after'] ?? 1) * 1000);
    }
  };
  let first: Answer;
  try {
    first = await ask({ path: '/admin/v1/relay' });
  } catch (error) {
    // Of a relay that was killed.
    if (error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT'))
      return null;
    throw refusedWords(socketPath, error);
  }
  const relay = parsed(first.text) as { readonly version?: string; readonly stateIn?: RunningRelay['stateIn'] };
  const understood = (answer: Answer): Answer => {
    if (answer.status === 200) return answer;
    throw problemOf(answer, relay.version);
  };
  understood(first);
  const asked = async (options: RequestOptions, body?: object): Promise<Answer> => {
    try {
      return understood(await ask(options, body));
    } catch (error) {
      throw error instanceof AccessError ? error : refusedWords(socketPath, error);
    }
  };
  return {
    stateIn: relay.stateIn ?? 'folder',
    get: async (path, query = {}) => parsed((await asked({ path: `${path}${searchOf(query)}` })).text),
    post: async (path, body) => parsed((await asked({ path, method: 'POST' }, body)).text),
    stream: async (path, body) => {
      const answer = await open({ socketPath, path, method: 'POST', timeout: silentMs }, body).catch(
        (error: unknown) => {
          throw refusedWords(socketPath, error);
        },
      );
      if (answer.statusCode === 200) return answer;
      throw problemOf(await whole(answer), relay.version);
    },
    text: (path, query) => asked({ path: `${path}${searchOf(query)}` }),
  };
}

/** {@link findRelay}, for what only a relay that runs can do. @throws AccessError `bad-input` when none does */
export async function requireRelay(dataDir: string): Promise<RunningRelay> {
  const relay = await findRelay(dataDir);
  if (relay !== null) return relay;
  throw new AccessError(
    'bad-input',
    `No relay runs on ${dataDir} (nobody answers at ${adminSocketName}). Start it first.`,
  );
}

/** All items of a list, page by page. */
export async function allPages<Item>(relay: RunningRelay, path: string, query: Query, key: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = (await relay.get(path, { ...query, limit: 1000, cursor })) as Readonly<Record<string, unknown>>;
    for (const item of page[key] as readonly Item[]) items.push(item);
    cursor = (page['next'] as string | null) ?? undefined;
  } while (cursor !== undefined);
  return items;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}

/** @throws AccessError `bad-input` when this user can’t look */
function isThere(socketPath: string): boolean {
  try {
    return lstatSync(socketPath, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    const folder = dirname(socketPath);
    throw new AccessError(
      'bad-input',
      `This user may not look into ${folder}. Join the group that the config names as admin.socket_group, to ask the relay, or as audit.reader_group, to read its records; or run the command as the relay’s user.`,
      { cause: error },
    );
  }
}

function refusedWords(socketPath: string, error: unknown): AccessError {
  if (error instanceof AccessError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'EACCES' || code === 'EPERM')
    return new AccessError(
      'bad-input',
      `This user may not use ${socketPath}, over which the relay is asked. Join the group that the config names as admin.socket_group (or have one named), or run the command as the relay’s user.`,
      { cause: error },
    );
  return new AccessError('internal', `The relay can’t be asked at ${socketPath}: ${code}.`, { cause: error });
}

/** What was refused; where the relay isn’t of this version, it may be for that. */
function problemOf({ status, text }: Answer, relayVersion: string | undefined): AccessError {
  const told = parsed(text) as { readonly code?: ErrorCode; readonly detail?: string } | undefined;
  const isOfOtherVersion = relayVersion !== undefined && relayVersion !== version;
  const mayDiffer = isOfOtherVersion && (status === 400 || status === 404 || status >= 500);
  const versions = mayDiffer
    ? ` The relay that runs is version ${relayVersion}, this command is version ${version}: use the command of that version, or restart the relay.`
    : '';
  const words = told?.detail ?? `The relay answered with status ${status}.`;
  const Refusal = isOfOtherVersion && status === 404 ? UnknownToRelay : AccessError;
  return new Refusal(told?.code ?? 'internal', `${words}${versions}`);
}

function searchOf(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== false);
  const search = new URLSearchParams(given.map(([key, value]) => [key, String(value)]));
  return given.length === 0 ? '' : `?${search.toString()}`;
}

function send(options: RequestOptions, body?: object): Promise<Answer> {
  const ofActs = body === undefined ? '' : '; what was asked may be carried out all the same';
  return open({ ...options, timeout: answerMs }, body, `it doesn’t answer${ofActs}`).then(whole);
}

/** Resolves with what begins to be answered. */
function open(options: RequestOptions, body?: object, silence = 'it doesn’t answer'): Promise<IncomingMessage> {
  const { sudoUser } = currentOperator();
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | null = null;
    const sent = request(
      {
        ...options,
        headers: {
          ...(sudoUser === null ? {} : { [sudoUserHeader]: encodeURIComponent(sudoUser) }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
      },
      (begun) => {
        answer = begun;
        resolve(begun);
      },
    );
    // In the middle of an answer its reader gets it.
    sent.once('timeout', () =>
      (answer ?? sent).destroy(new AccessError('internal', `The relay can’t be asked: ${silence}.`)),
    );
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function whole(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
