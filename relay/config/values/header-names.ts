import { claimedHeaders } from './claimed-headers.ts';
import { credentialHeaders } from './claimed-identities.ts';
import { compileNames, folded, type NameSet } from './name-set.ts';

/**
 * What a request header is on its way to an upstream. `hop` never passes (RFC 9110 §7.6.1), `own` only the relay may
 * say. `claimed` is what a proxy in front of the upstream would say; it passes only where the API keeps it.
 * `method-override` asks for another method than the request line's.
 */
export type HeaderFate =
  | 'pass'
  | 'claimed'
  | 'own'
  | 'hop'
  | 'host'
  | 'content-length'
  | 'expect'
  | 'browser'
  | 'destination'
  | 'method-override';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** What the relay says itself, or what would frame the message in another way for a server that folds names. */
const relaysOwnNames = [
  'x-causeway-*',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'host',
  'content-length',
  'expect',
];
const relaysOwn = compileNames(relaysOwnNames);

/** Those of the relay's own and hop-by-hop headers that an entry of a list of names covers, none for a lone name. */
export function neverKeptOf(entry: string): readonly string[] {
  if (!entry.endsWith('*')) return [];
  const covered = compileNames([entry]);
  return [...relaysOwnNames, ...hopByHop].filter((name) => covered.has(name.endsWith('*') ? name.slice(0, -1) : name));
}

const methodOverrides = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-method',
  'x-http-override-method',
  'x-http-verb',
  'x-http-verb-override',
  'x-verb-override',
  'http-method-override',
  'http-method',
  'method-override',
  '-method',
]);

/** What browsers say of the page that makes a request (Fetch Metadata; RFC 6454 §7). They say each once. */
const browserHeaders = new Set(['origin', 'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest', 'sec-fetch-user']);

const claimed: NameSet = compileNames(claimedHeaders.flatMap(({ names }) => names));
const credentials: NameSet = compileNames(credentialHeaders);

/** A header's name as others may read it, and what it is. */
export interface JudgedName {
  readonly lower: string;
  /** As CGI-style servers read it: every character but letters and digits is “-”. */
  readonly folded: string;
  readonly fate: HeaderFate;
}

const judged = new Map<string, JudgedName>();
const maxRemembered = 2000;

/** Decides by name, in any case and spelling; the answer for a name is remembered. */
export function judgeName(name: string): JudgedName {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  const judgement = { lower, folded: folded(lower), fate: fateOf(lower) };
  if (judged.size >= maxRemembered) judged.clear();
  judged.set(name, judgement);
  return judgement;
}

export function headerFate(name: string): HeaderFate {
  return judgeName(name).fate;
}

/** Whether no configuration may let a caller's header of this name through. */
export function isNeverKept(name: string): boolean {
  const plain = folded(name.toLowerCase());
  return hopByHop.has(plain) || relaysOwn.has(plain);
}

function fateOf(lower: string): HeaderFate {
  if (lower === 'host' || lower === 'content-length' || lower === 'expect') return lower;
  if (browserHeaders.has(lower)) return 'browser';
  const name = folded(lower);
  if (hopByHop.has(name)) return 'hop';
  if (relaysOwn.has(name)) return 'own';
  if (name === 'destination') return 'destination';
  if (methodOverrides.has(name)) return 'method-override';
  return claimed.has(name) && !credentials.has(name) ? 'claimed' : 'pass';
}
