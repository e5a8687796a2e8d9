import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AppUpdate } from '../../shared/app-update.ts';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import type { ClientCore } from '../core/client-core.ts';
import { openUnixListener } from '../listeners/unix-listener.ts';
import { converse, type LinkConnection, unknownOperation } from './link-connection.ts';
import { linkLimits } from './link-limits.ts';
import { makePipeName } from './link-place.ts';
import { type LinkRefusal, type Operation, type OperationArguments, operationSchemas } from './operations.ts';
import { type PeerProcess, peerProcess, programOf } from './peer-process.ts';
import { shownState } from './shown-state.ts';

/** A program that wants to talk with the app, for the person's decision. What it calls itself is its own word. */
export interface AskingProgram {
  readonly calledItself: string;
  readonly pid: number | null;
  readonly path: string | null;
}

/** Whether programs of the person may talk with the app; `unasked` starts a question to the person. */
export type Consent = 'allowed' | 'refused' | 'unasked';

export interface AppLinkOptions {
  readonly core: ClientCore;
  /** The socket's path, or on Windows the file that names the pipe. */
  readonly place: string;
  readonly appVersion: string;
  readonly consent: () => Consent;
  /** Asks the person; resolves with whether programs may from now on. One question at a time. */
  readonly ask: (program: AskingProgram) => Promise<boolean>;
  /** What is known of updates of the app; left out where nothing is. */
  readonly appUpdate?: () => AppUpdate;
  readonly now: () => number;
  /** Told of each program that was turned away. */
  readonly didRefuse: (refusal: LinkRefusal, program: string) => void;
  /** Who is at the other end; default asks the kernel. */
  readonly peer?: (socket: Socket) => Promise<PeerProcess | null>;
}

/** The app's side of the link; `close` ends every conversation. */
export interface AppLink {
  close(): Promise<void>;
}

type Performers = { readonly [O in Operation]: (args: OperationArguments<O>) => unknown };

function performers({ core, appUpdate }: AppLinkOptions): Performers {
  return {
    state: () => shownState(core.snapshot()),
    watch: () => shownState(core.snapshot()),
    connect: ({ profileId, api }) => core.connect(profileId, api),
    disconnect: ({ profileId, api }) => core.disconnect(profileId, api),
    'set-port': ({ profileId, api, port }) => core.setPort(profileId, api, port),
    'set-favourite': ({ profileId, api, favourite }) => core.setFavourite(profileId, api, favourite),
    pause: ({ profileId }) => core.pause(profileId),
    resume: ({ profileId }) => core.resume(profileId),
    'refresh-catalog': ({ profileId }) => core.refreshCatalog(profileId),
    activity: ({ profileId }) => core.activity(profileId),
    sessions: ({ profileId }) => core.sessions(profileId),
    'end-sessions': ({ profileId, which }) => core.endSessions(profileId, which),
    'rename-session': ({ profileId, id, name }) => core.renameSession(profileId, id, name),
    'request-access': ({ profileId, hours, ...wish }) =>
      core.requestAccess(profileId, { ...wish, ...(hours === undefined ? {} : { hours }) }),
    'refresh-requests': ({ profileId }) => core.refreshRequests(profileId),
    'decide-request': async ({ profileId, id, verdict, note, hours }) => {
      await core.decideRequest(profileId, id, { verdict, note, ...(hours === undefined ? {} : { hours }) });
    },
    diagnose: ({ profileId }) => core.diagnose(profileId),
    'update-status': () => appUpdate?.() ?? null,
  };
}

/**
 * Offers the running app to other programs of the same person, at a socket with mode 0600 in a folder with mode 0700, or
 * at a pipe whose name only this person's programs can read. They can do what `operationSchemas` lists, once the person
 * has agreed. @throws AccessError `port-taken` when the place belongs to somebody else or to another Causeway
 */
export async function serveApp(options: AppLinkOptions): Promise<AppLink> {
  const { core, now } = options;
  const perform = performers(options);
  const connections = new Set<LinkConnection>();
  const ownUid = process.getuid?.();
  let asking: Promise<boolean> | null = null;

  async function performChecked(op: string, args: unknown, watch: () => void): Promise<unknown> {
    if (!Object.hasOwn(operationSchemas, op)) throw unknownOperation(op);
    const parsed = operationSchemas[op as Operation].safeParse(args ?? {});
    if (!parsed.success) throw new AccessError('bad-input', `The arguments of “${op}” aren’t well-formed.`);
    if (op === 'watch') watch();
    // The schema has just proved the arguments; the compiler can't correlate one operation's pair of types.
    const performer = perform[op as Operation] as (checked: unknown) => unknown;
    return await performer(parsed.data);
  }

  async function mayTalk(program: AskingProgram, onAsking: () => void): Promise<LinkRefusal | null> {
    const consent = options.consent();
    if (consent === 'allowed') return null;
    const refused = {
      code: 'consent' as const,
      message: 'The person doesn’t let other programs use Causeway; Settings has the switch.',
    };
    if (consent === 'refused') return refused;
    onAsking();
    // Programs that come meanwhile wait for the same answer.
    asking ??= options.ask(program).finally(() => {
      asking = null;
    });
    return (await asking) ? null : refused;
  }

  async function accept(socket: Socket): Promise<void> {
    const peer = await (options.peer ?? peerProcess)(socket).catch(() => null);
    if (socket.destroyed) return;
    const path = await programOf(peer?.pid ?? null);
    let name = '';
    const connection = converse(socket, {
      appVersion: options.appVersion,
      now,
      perform: performChecked,
      mayTalk: async (program, onAsking) => {
        name = shownText(program).trim();
        const refusal = await mayTalk({ calledItself: name, pid: peer?.pid ?? null, path }, onAsking);
        if (refusal !== null) options.didRefuse(refusal, name);
        return refusal;
      },
    });
    socket.once('close', () => connections.delete(connection));
    const full = connections.size >= linkLimits.connections;
    connections.add(connection);
    if (peer !== null && peer.uid !== ownUid) refuseWith(connection, 'user', 'Another user of this computer.');
    else if (full) refuseWith(connection, 'busy', 'Too many programs talk with Causeway.');
  }

  function refuseWith(connection: LinkConnection, code: LinkRefusal['code'], message: string): void {
    connection.refuse({ code, message });
    options.didRefuse({ code, message }, '');
  }

  const closeListener = await listen(options.place, (socket) => void accept(socket));
  const stopState = core.watch((snapshot) => {
    if (![...connections].some(({ watches }) => watches)) return;
    const value = shownState(snapshot);
    for (const connection of connections) connection.send({ event: 'state', value });
  });
  const stopActivity = core.watchActivity((profileId, batch) => {
    for (const connection of connections) connection.send({ event: 'activity', value: { profileId, batch } });
  });
  return {
    async close() {
      stopState();
      stopActivity();
      await closeListener();
    },
  };
}

/** Listens at the socket, or at a fresh pipe that the file names. */
async function listen(place: string, onConnection: (socket: Socket) => void): Promise<() => Promise<void>> {
  if (process.platform !== 'win32') {
    const listener = await openUnixListener({ path: place, onConnection });
    return () => listener.close();
  }
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen(await makePipeName(place));
  await once(server, 'listening');
  return async () => {
    const ended = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await ended;
  };
}
