import { useEffect, useRef } from 'react';
import { create } from 'zustand';
import type { Liveness } from './ask-again.ts';

/** What the relay tells of as it happens. */
export const liveKinds = [
  'relay',
  'decision',
  'authentication-refused',
  'anomaly',
  'session',
  'administrator',
  'lock',
  'access',
  'audit',
] as const;
export type LiveKind = (typeof liveKinds)[number];

/** Whether news arrive as they happen. */
export const useLiveState = create<Liveness>()(() => ({ state: 'off', isWhole: true }));

const listeners = new Map<() => void, ReadonlySet<LiveKind>>();
let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
const retryMs = 5_000;

function open(): void {
  if (source !== null) return;
  clearTimeout(retry);
  useLiveState.setState({ state: 'connecting' });
  const opened = new EventSource('/admin/v1/events');
  source = opened;
  opened.addEventListener('open', () => {
    useLiveState.setState({ state: 'live' });
    // What happened while nothing was heard.
    tell(null);
  });
  opened.addEventListener('hello', ({ data }: MessageEvent<string>) => {
    const hello = JSON.parse(data) as { readonly isWhole?: boolean };
    useLiveState.setState({ isWhole: hello.isWhole ?? true });
  });
  opened.addEventListener('resync', () => tell(null));
  // The relay has ended this stream because of who reads it: the next question says why.
  opened.addEventListener('ended', () => {
    close();
    tell(null);
  });
  for (const kind of liveKinds) opened.addEventListener(kind, () => tell(kind));
  opened.addEventListener('error', () => {
    useLiveState.setState({ state: 'connecting' });
    // The browser itself tries again, except after an answer that isn't a stream.
    if (opened.readyState !== EventSource.CLOSED) return;
    source = null;
    retry = setTimeout(() => listeners.size > 0 && open(), retryMs);
  });
}

function close(): void {
  clearTimeout(retry);
  source?.close();
  source = null;
  useLiveState.setState({ state: 'off' });
}

function tell(kind: LiveKind | null): void {
  for (const [listener, kinds] of listeners) if (kind === null || kinds.has(kind)) listener();
}

/** Calls back when the relay tells of one of the kinds, at most once in half a second. */
export function useLive(kinds: readonly LiveKind[], onNews: () => void): void {
  const latest = useRef(onNews);
  useEffect(() => {
    latest.current = onNews;
  });
  const wanted = kinds.join(' ');
  useEffect(() => {
    if (wanted === '') return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const listener = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        latest.current();
      }, 500);
    };
    listeners.set(listener, new Set(wanted.split(' ') as LiveKind[]));
    open();
    return () => {
      clearTimeout(timer);
      listeners.delete(listener);
      // The next page may listen at once.
      setTimeout(() => listeners.size === 0 && close());
    };
  }, [wanted]);
}
