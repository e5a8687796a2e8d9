import type { CommandLink } from '../../../shared/command-link.ts';

/** What the app on macOS finds after it was copied from the disk image: the command isn’t on PATH yet. */
export function sampleCommandLink(change: Partial<CommandLink> = {}): CommandLink {
  return {
    link: '/usr/local/bin/causeway',
    state: { status: 'none' },
    isFolderOnPath: true,
    problem: null,
    ...change,
  };
}
