import type { Right } from '../api/admin-api.ts';
import { hrefOf } from '../route/place.ts';

/** Somewhere that the palette leads to. */
export interface PalettePlace {
  readonly title: string;
  /** Other words that people look for it by. */
  readonly words: readonly string[];
  readonly href: string;
  /** Without it the place isn’t offered. */
  readonly right: Right;
}

/** What is done in the console, each where it is done: there the reason is asked for. */
const acts: readonly PalettePlace[] = [
  { title: 'End a session', words: ['sign out', 'stop'], href: view('people', 'sessions'), right: 'end-sessions' },
  { title: 'Lock somebody or something', words: ['shut out', 'block'], href: view('people', 'locks'), right: 'lock' },
  { title: 'Decide a request', words: ['approve', 'refuse'], href: hrefOf('access'), right: 'decide-access' },
  { title: 'Acknowledge a finding', words: ['anomaly'], href: hrefOf('anomalies'), right: 'acknowledge' },
  { title: 'Drain or reload the relay', words: ['undrain', 'config'], href: hrefOf('relays'), right: 'run-relay' },
  { title: 'Explain a request', words: ['why', 'decision'], href: hrefOf('policy', ['explain']), right: 'read-policy' },
  { title: 'Try another config', words: ['what-if'], href: hrefOf('policy', ['what-if']), right: 'read-policy' },
  { title: 'See all sessions', words: ['tunnels', 'devices'], href: view('people', 'sessions'), right: 'read-people' },
  { title: 'See all locks', words: ['shut out'], href: view('people', 'locks'), right: 'read-people' },
];

/** What somebody with these rights may do. */
export function actsOf(rights: readonly string[]): readonly PalettePlace[] {
  return acts.filter(({ right }) => rights.includes(right));
}

function view(page: string, name: string): string {
  return hrefOf(page, [], { view: name });
}

/** Whether something of these names is meant: each word that is typed stands in one of them. An empty text means all. */
export function isMeant(typed: string, names: readonly string[]): boolean {
  const known = names.map((name) => name.toLowerCase());
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return words.every((word) => known.some((name) => name.includes(word)));
}
