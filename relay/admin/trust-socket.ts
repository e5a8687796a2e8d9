import type { MiddlewareHandler } from 'hono';
import { shownText } from '../../shared/shown-text.ts';
import { operatorWords } from '../acts/operator.ts';
import type { AdminCaller, AdminEnv, MachineUser } from './admin-env.ts';
import type { PeerUid } from './socket-peer.ts';
import { sudoUserHeader } from './admin-socket.ts';

const maxNameLength = 256;

/**
 * Lets in everybody who reaches the Unix socket: its file says who may. Records name the user of the system who has connected;
 * of root and the relay’s own user also the person behind sudo, whom nobody else is believed to have.
 */
export function trustSocket(
  peerUid: PeerUid,
  nameOf: (uid: number) => Promise<string>,
  isSocketShared: boolean,
  ownUid: number | undefined = process.getuid?.(),
): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const uid = peerUid(context.env.incoming.socket);
    if (uid === null) context.set('caller', callerOf('a user of this machine', undefined, isSocketShared));
    else {
      const opensFiles = uid === 0 || uid === ownUid;
      const said = opensFiles
        ? shownText(decoded(context.req.header(sudoUserHeader) ?? '')).slice(0, maxNameLength)
        : '';
      const machineUser = { user: await nameOf(uid), sudoUser: said === '' ? null : said, opensFiles };
      context.set('caller', callerOf(operatorWords(machineUser), machineUser, isSocketShared));
    }
    await next();
  };
}

function callerOf(name: string, machineUser: MachineUser | undefined, isSocketShared: boolean): AdminCaller {
  const caller: AdminCaller = {
    name,
    person: null,
    ...(machineUser === undefined ? {} : { machineUser }),
    isSocketShared,
    roles: ['owner'],
    signIn: { how: 'socket' },
    again: () => Promise.resolve(caller),
  };
  return caller;
}

function decoded(header: string): string {
  try {
    return decodeURIComponent(header);
  } catch {
    return header;
  }
}
