import { useCallback, useEffect, useRef, useState } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import { addressOf, type Params } from './address.ts';
import type { Readings } from './admin-api.ts';
import { type Answer, lastAnswer, read } from './ask.ts';
import { askAgainMs } from './ask-again.ts';
import { areReadingsHeld, whenReleased } from './hold.ts';
import { type LiveKind, useLive, useLiveState } from './live.ts';

/** Something read from the relay. What is known stays while a later reading fails; `problem` says so. */
export type Reading<T> = { readonly refresh: () => void } & (
  | { readonly status: 'loading'; readonly value: null; readonly problem: null }
  | { readonly status: 'ready'; readonly value: T; readonly problem: UserProblem | null }
  | { readonly status: 'failed'; readonly value: null; readonly problem: UserProblem }
);

export interface ReadingOptions {
  /** Reads again after so long while the page can be seen; what is live, sooner where news may not come. */
  readonly everyMs?: number;
  /** Reads again when the relay tells of one of these, and now and then all the same. */
  readonly live?: readonly LiveKind[];
  /** It isn’t of the page: read also while a question holds what is shown. */
  readonly isApart?: boolean;
}

interface Heard<T> {
  readonly address: string;
  readonly value: T | null;
  readonly problem: UserProblem | null;
}

const noParams: Params = {};
const noKinds: readonly LiveKind[] = [];

/** Reads one address of the admin API as long as a component shows it; null for nothing to read yet. */
export function useReading<P extends keyof Readings>(
  path: P | null,
  params: Params = noParams,
  { everyMs: wantedMs, live = noKinds, isApart = false }: ReadingOptions = {},
): Reading<Readings[P]> {
  const everyMs = useLiveState((liveness) => askAgainMs(liveness, { everyMs: wantedMs, isLive: live.length > 0 }));
  const address = path === null ? '' : addressOf(path, params);
  const [heard, setHeard] = useState<Heard<Readings[P]>>({ address: '', value: null, problem: null });
  const asked = useRef({ path, params });
  const abort = useRef<AbortController | null>(null);

  const load = useCallback(
    (isBackground: boolean) => {
      const { path: at, params: given } = asked.current;
      if (at === null) return;
      abort.current?.abort();
      const own = new AbortController();
      abort.current = own;
      void read(at, given, { signal: own.signal, isBackground }).then(
        (answer) => own.signal.aborted || setHeard((before) => heardNow(before, address, answer)),
        () => undefined,
      );
    },
    [address],
  );
  const refresh = useCallback(() => load(false), [load]);
  const look = useCallback(() => {
    if (isApart || !areReadingsHeld()) load(true);
  }, [isApart, load]);

  useEffect(() => {
    asked.current = { path, params };
    load(false);
    return () => abort.current?.abort();
    // oxlint-disable-next-line react/exhaustive-deps -- the address says all that the values do
  }, [load]);

  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const lookIfSeen = () => {
      if (document.visibilityState === 'visible') look();
    };
    const timer = setInterval(lookIfSeen, everyMs);
    document.addEventListener('visibilitychange', lookIfSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', lookIfSeen);
    };
  }, [everyMs, look]);

  const isAskedAgain = everyMs !== undefined || live.length > 0;
  useEffect(() => (isAskedAgain ? whenReleased(look) : undefined), [isAskedAgain, look]);

  useLive(live, look);

  if (path === null) return { status: 'loading', value: null, problem: null, refresh };
  const known = heard.address === address ? heard : null;
  const value = known?.value ?? lastAnswer(path, params) ?? null;
  if (value !== null) return { status: 'ready', value, problem: known?.problem ?? null, refresh };
  if (known !== null && known.problem !== null)
    return { status: 'failed', value: null, problem: known.problem, refresh };
  return { status: 'loading', value: null, problem: null, refresh };
}

function heardNow<T>(before: Heard<T>, address: string, answer: Answer<T>): Heard<T> {
  if (answer.ok)
    return before.address === address && before.value === answer.value && before.problem === null
      ? before
      : { address, value: answer.value, problem: null };
  return { address, value: before.address === address ? before.value : null, problem: answer.problem };
}
