/** What stands where macOS’ shells look for everybody’s commands, under the command line’s name. */
export type CommandLinkState =
  /** Nothing. */
  | { readonly status: 'none' }
  /** A link to the command line of this very app. */
  | { readonly status: 'ours' }
  /** A link to the command line of another copy of the app, which is there. */
  | { readonly status: 'other-copy'; readonly target: string }
  /** A link to the command line of an app that isn’t there any more. */
  | { readonly status: 'gone'; readonly target: string }
  /** Somebody else’s; `target` is null where it is no link. */
  | { readonly status: 'foreign'; readonly target: string | null }
  /** Nothing, but Homebrew has the command in its own folder, which comes first on PATH. */
  | { readonly status: 'homebrew'; readonly at: string }
  /** Nothing, and no link can last: the app isn’t among the apps that everybody has, but in a disk image, say, or where a person can replace it. */
  | { readonly status: 'not-installed' };

/** Whether the command line that the app carries can be called by its name. */
export interface CommandLink {
  /** Where the link is, or would be. */
  readonly link: string;
  readonly state: CommandLinkState;
  /** Whether the system’s own list of PATH has the link’s folder; a shell may still have another one. */
  readonly isFolderOnPath: boolean;
  /** Why it couldn’t be changed just now, in the person’s language; null when it could. */
  readonly problem: string | null;
}

/** What the person can do about it: a link of somebody else’s is never touched. */
export function commandLinkStep({ status }: CommandLinkState): 'put' | 'take' | null {
  switch (status) {
    case 'none':
    case 'gone':
    case 'other-copy':
      return 'put';
    case 'ours':
      return 'take';
    case 'foreign':
    case 'homebrew':
    case 'not-installed':
      return null;
  }
}
