import { useState } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import type { SessionsToEnd } from '../../shared/own-session.ts';
import { notify } from '../store/app-store.ts';
import { ask } from '../store/commands.ts';
import type { OwnSessions } from './use-own-sessions.ts';

export type Ending =
  | { readonly status: 'idle' }
  | { readonly status: 'ending'; readonly which: SessionsToEnd }
  | {
      readonly status: 'failed';
      readonly which: SessionsToEnd;
      readonly name: string;
      readonly problem: UserProblem;
    };

/** Ends sessions of a person and tells what became of it. */
export interface EndSessions {
  readonly ending: Ending;
  /** `name` is what the person calls them; `onEnded` runs once the list shows it. */
  readonly end: (which: SessionsToEnd, name: string, onEnded?: () => void) => void;
}

/** See {@link EndSessions}; the list is asked for anew, also when it failed: one relay may have done it all the same. */
export function useEndSessions(profileId: string, heard: Pick<OwnSessions, 'refresh'>): EndSessions {
  const [ending, setEnding] = useState<Ending>({ status: 'idle' });
  const end: EndSessions['end'] = (which, name, onEnded) => {
    setEnding({ status: 'ending', which });
    void ask('sessions:end', { profileId, which: mutable(which) }).then(async (result) => {
      setEnding(result.ok ? { status: 'idle' } : { status: 'failed', which, name, problem: result.problem });
      if (result.ok)
        notify({ tone: 'info', title: text('sessions.ended', { name }), text: text('sessions.ended.text') });
      await heard.refresh();
      if (result.ok) onEnded?.();
      return result.ok;
    });
  };
  return { ending, end };
}

/** As requests to the main process are typed. */
function mutable(which: SessionsToEnd): 'others' | { id: string } | { ids: string[] } {
  return which !== 'others' && 'ids' in which ? { ids: [...which.ids] } : which;
}
