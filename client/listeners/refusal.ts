import { descriptorLimit } from './descriptor-room.ts';

/** Why a local connection was turned away before anything was read from it. */
export type Refusal = 'other-user' | 'unknown-owner' | 'no-descriptors';

/** What happened and what to do, in a sentence or two. */
export function refusalText(refusal: Refusal): string {
  switch (refusal) {
    case 'other-user':
      return 'Another user of this computer opened it (with sudo, you are one); these addresses are for your own programs.';
    case 'unknown-owner':
      return 'This system doesn’t tell whose it was: its program had closed it already, or runs in a container or sandbox. Such a program can use the API’s Unix socket.';
    case 'no-descriptors':
      return `All ${descriptorLimit()} files and connections that this system lets Causeway have are in use. Close connections that nothing needs, or raise the limit (ulimit -n).`;
  }
}
