/** Why an update was refused or couldn’t be had. Each has a text in both languages (`app-update-text.ts`). */
export const updateFailureReasons = [
  'feed-unreachable',
  'feed-stalled',
  'feed-answer',
  'feed-not-https',
  'redirect-to-http',
  'feed-too-large',
  'unsigned',
  'wrong-key',
  'wrong-signature',
  'malformed',
  'wrong-product',
  'wrong-channel',
  'expired',
  'replayed',
  'bad-file-name',
  'no-file',
  'wrong-size',
  'wrong-hash',
  'download-broken',
  'disk-full',
  'not-written',
  'platform-signature',
  'install-failed',
] as const;
export type UpdateFailureReason = (typeof updateFailureReasons)[number];

/** Why what the feed offers isn’t for this computer, though nothing is wrong with it. */
export const passedOverReasons = ['older', 'same', 'not-yet', 'system-too-old'] as const;
export type PassedOverReason = (typeof passedOverReasons)[number];

/** Why the app doesn’t look for updates; where somebody else brings them, it says who. */
export const updatesOffReasons = [
  'policy',
  'no-key',
  'no-feed',
  'no-publisher',
  'apt',
  'rpm',
  'store',
  'msi',
  'development',
  'unknown-install',
] as const;
export type UpdatesOffReason = (typeof updatesOffReasons)[number];

/** A version that the feed offers; `notes` is plain text, in the person’s language where there is one. */
export interface OfferedUpdate {
  readonly version: string;
  readonly notes: { readonly en: string; readonly de?: string | undefined };
  readonly sizeBytes: number;
}

/** What the app does about updates now. Times are milliseconds since the epoch. */
export type UpdateState =
  | { readonly status: 'off'; readonly reason: UpdatesOffReason }
  /** Nothing newer for this computer; `passedOver` is what the feed has instead. */
  | {
      readonly status: 'current';
      readonly passedOver: { readonly version: string; readonly reason: PassedOverReason } | null;
    }
  | { readonly status: 'checking' }
  /** There is one, and the person is to say whether it is downloaded. */
  | { readonly status: 'offered'; readonly offer: OfferedUpdate }
  | { readonly status: 'downloading'; readonly offer: OfferedUpdate; readonly receivedBytes: number }
  /** Downloaded and checked; installed by itself, or when asked. */
  | {
      readonly status: 'ready';
      readonly offer: OfferedUpdate;
      readonly laterUntilMs: number | null;
      /** Installed without being asked, when nothing is in use. */
      readonly byItself: boolean;
      /** As the app quits, too: not on macOS. */
      readonly onQuit: boolean;
    }
  | { readonly status: 'installing'; readonly offer: OfferedUpdate }
  | {
      readonly status: 'failed';
      readonly reason: UpdateFailureReason;
      /** The technical circumstances, for the help desk; English. */
      readonly detail: string;
      readonly offer: OfferedUpdate | null;
    };

/** All that is shown about updates of the app. */
export interface AppUpdate {
  readonly installed: string;
  readonly channel: string;
  /** When the feed was last asked; null when it never was. */
  readonly checkedAtMs: number | null;
  /** When it last said something that can be believed; null when it never did. */
  readonly heardAtMs: number | null;
  /** A relay doesn’t take this version any more. */
  readonly isRequired: boolean;
  readonly state: UpdateState;
}
