import { once } from 'node:events';
import { lstat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { AccessError, type ErrorCode, problemTexts } from '../../shared/errors.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { ActivityBatch } from '../profile/activity-store.ts';
import { createLineReader } from './line-reader.ts';
import { maxAppLineCharacters } from './link-limits.ts';
import { connectablePath } from './link-place.ts';
import {
  appLineSchema,
  linkProtocols,
  type Operation,
  type OperationArguments,
  type OperationValue,
} from './operations.ts';

const connectTimeoutMs = 2_000;
const answerTimeoutMs = 3_000;
/** The person has this long to answer the app's question. */
const consentTimeoutMs = 120_000;

/** A conversation with the running app. */
export interface AppConversation {
  /** Version of the app. */
  readonly app: string;
  /** @throws AccessError what the app answers, or `not-connected` when it has ended */
  call<O extends Operation>(op: O, args: OperationArguments<O>): Promise<OperationValue<O>>;
  onState(listener: (snapshot: Snapshot) => void): void;
  onActivity(listener: (profileId: string, batch: ActivityBatch) => void): void;
  /** Called once when the app ends the conversation, or is ended. */
  onEnd(listener: () => void): void;
  close(): void;
}

/** What came of looking for the app. */
export type FoundApp =
  | { readonly status: 'absent' }
  | { readonly status: 'refused'; readonly code: string; readonly message: string }
  | { readonly status: 'open'; readonly app: AppConversation };

/**
 * Whether what is at a place is this user's own socket in a folder that nobody else can change: else somebody else may
 * have put it there, and would be told which APIs a person uses.
 */
async function isOwnPlace(place: string): Promise<boolean> {
  if (process.platform === 'win32') return true;
  try {
    const [socket, folder] = await Promise.all([lstat(place), lstat(dirname(place))]);
    const uid = process.getuid?.();
    return socket.isSocket() && socket.uid === uid && folder.uid === uid && (folder.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

async function open(place: string): Promise<Socket | null> {
  if (!(await isOwnPlace(place))) return null;
  const path = await connectablePath(place);
  if (path === null) return null;
  const socket = connect(path);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectTimeoutMs) });
    return socket;
  } catch {
    // Left behind by an app that was killed.
    socket.destroy();
    return null;
  }
}

/** Looks for the running app and greets it; `onAsking` is called when the person is being asked in its window. */
export async function findApp(place: string, program: string, onAsking: () => void): Promise<FoundApp> {
  const socket = await open(place);
  return socket === null ? { status: 'absent' } : await greet(socket, program, onAsking);
}

async function greet(socket: Socket, program: string, onAsking: () => void): Promise<FoundApp> {
  const reader = createLineReader(maxAppLineCharacters);
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const stateListeners = new Set<(snapshot: Snapshot) => void>();
  const activityListeners = new Set<(profileId: string, batch: ActivityBatch) => void>();
  const endListeners = new Set<() => void>();
  const greeted = Promise.withResolvers<FoundApp>();
  let nextId = 0;
  let ended = false;
  let timer = setTimeout(() => socket.destroy(), answerTimeoutMs);

  function take(value: unknown): void {
    const parsed = appLineSchema.safeParse(value);
    // A newer app may say more than this version understands.
    if (!parsed.success) return;
    const line = parsed.data;
    if ('asking' in line) {
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), consentTimeoutMs);
      onAsking();
    } else if ('hello' in line) {
      clearTimeout(timer);
      if (linkProtocols.some((known) => known === line.hello.protocol)) {
        greeted.resolve({ status: 'open', app: conversation(line.hello.app) });
      } else socket.destroy();
    } else if ('refused' in line) {
      clearTimeout(timer);
      greeted.resolve({ status: 'refused', code: line.refused.code, message: line.refused.message });
      socket.end();
    } else if ('event' in line) {
      if (line.event === 'state') for (const listener of stateListeners) listener(line.value as Snapshot);
      else {
        const { profileId, batch } = line.value as { profileId: string; batch: ActivityBatch };
        for (const listener of activityListeners) listener(profileId, batch);
      }
    } else {
      const call = waiting.get(line.id);
      waiting.delete(line.id);
      if (line.ok) call?.resolve(line.value);
      else call?.reject(new AccessError(codeOf(line.problem.code), line.problem.detail, { atMs: line.problem.atMs }));
    }
  }

  socket.on('error', () => void socket.destroy());
  socket.on('data', (bytes: Buffer) => {
    try {
      for (const value of reader.push(bytes)) take(value);
    } catch {
      // What isn't lines of JSON is no Causeway.
      socket.destroy();
    }
  });
  socket.once('close', () => {
    ended = true;
    clearTimeout(timer);
    greeted.resolve({ status: 'absent' });
    const gone = new AccessError('not-connected', 'Causeway has ended, or no longer talks with this program.');
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
    for (const listener of endListeners) listener();
  });
  socket.write(`${JSON.stringify({ hello: { protocols: [...linkProtocols], program } })}\n`);

  function conversation(app: string): AppConversation {
    return {
      app,
      call(op, args) {
        if (ended) throw new AccessError('not-connected', 'Causeway has ended.');
        const { promise, resolve, reject } = Promise.withResolvers<unknown>();
        nextId += 1;
        waiting.set(nextId, { resolve, reject });
        socket.write(`${JSON.stringify({ id: nextId, op, args })}\n`);
        return promise as Promise<OperationValue<typeof op>>;
      },
      onState: (listener) => void stateListeners.add(listener),
      onActivity: (listener) => void activityListeners.add(listener),
      onEnd: (listener) => void (ended ? listener() : endListeners.add(listener)),
      close() {
        socket.end();
        // Nobody waits for the app's own end.
        socket.unref();
      },
    };
  }

  return await greeted.promise;
}

/** A code of a newer app that this version doesn't know is still a refusal. */
function codeOf(code: string): ErrorCode {
  return Object.hasOwn(problemTexts, code) ? (code as ErrorCode) : 'relay-refused';
}
