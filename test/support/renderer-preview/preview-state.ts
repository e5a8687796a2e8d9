import type { ActivityEntry } from '../../../shared/activity.ts';
import type { UserProblem } from '../../../shared/errors.ts';
import type { Place } from '../../../shared/ipc.ts';
import type { Notice } from '../../../shared/notice.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import type { SessionsAnswer } from './fake-bridge.ts';

/** Something the person does before the picture: a press on a role and name, or a key. */
export type PreviewStep =
  | {
      readonly type: 'click';
      readonly role: 'link' | 'button' | 'tab' | 'radio' | 'menuitem';
      readonly name: string | RegExp;
    }
  | { readonly type: 'key'; readonly key: string }
  /** A link of the system’s leads to a place. */
  | { readonly type: 'link'; readonly place: Place };

/** One state of one screen. `snapshot: null` means that the main process doesn't answer yet. */
export interface PreviewState {
  readonly name: string;
  readonly snapshot: Snapshot | null;
  readonly activity: readonly ActivityEntry[] | null;
  readonly sessions: SessionsAnswer;
  readonly notices?: readonly Notice[];
  /** Requests to the main process that fail, by channel. */
  readonly failing?: Readonly<Record<string, UserProblem>>;
  readonly steps: readonly PreviewStep[];
  /** Text that is there once the state is reached. */
  readonly shows: string;
}
