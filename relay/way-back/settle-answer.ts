/**
 * How the way back of one exchange ends. `whole`: the upstream's own framing said so. `broke-off`: the upstream ended
 * before that. `timed-out`: the request has had its time. `refused`: the relay may not pass the answer on. `failed`: the
 * relay itself failed. `caller-gone`: nobody is there to take the answer.
 */
export type Ending = 'whole' | 'broke-off' | 'timed-out' | 'refused' | 'failed' | 'caller-gone';

/** The moment at which it ends. */
export interface Moment {
  /** Something of the upstream's answer may have reached the caller. */
  readonly headSent: boolean;
  /** The upstream may have seen the request, and acted on it. */
  readonly begun: boolean;
}

/** What the caller gets, and what the audit says. */
export interface Settlement {
  /** `rest` of the answer; a `problem` document instead of one; `cut` visibly, so that it can't be taken for whole. */
  readonly caller: 'rest' | 'problem' | 'cut' | 'nothing';
  readonly outcome: 'completed' | 'aborted' | 'unknown';
}

/**
 * Decides once for HTTP/1.1, HTTP/2 and upgrades what an ending means (RFC 9112 §8, RFC 9113 §8.1): an answer that has
 * begun and isn't whole is cut; before it, the caller reads why; `unknown` says that the upstream may have acted.
 */
export function settleAnswer(ending: Ending, { headSent, begun }: Moment): Settlement {
  switch (ending) {
    case 'whole':
      return { caller: 'rest', outcome: 'completed' };
    case 'caller-gone':
      return { caller: 'nothing', outcome: begun && !headSent ? 'unknown' : 'aborted' };
    case 'refused':
      return headSent ? { caller: 'cut', outcome: 'aborted' } : { caller: 'problem', outcome: 'completed' };
    case 'broke-off':
    case 'timed-out':
    case 'failed':
      if (headSent) return { caller: 'cut', outcome: 'aborted' };
      return { caller: 'problem', outcome: begun ? 'unknown' : 'completed' };
  }
}
