import type { AuditCaller } from './audit-record.ts';
import { asciiJson } from './audit-line.ts';
import type { KeyStore, PersonsKey } from './keys/key-store.ts';
import { namesIn } from './personal-fields.ts';
import { sealValue } from './keys/sealed-value.ts';

const maxCallers = 10_000;
const maxUserAgents = 100;

// As `auditLine` writes them. No text of a caller can look so, as JSON escapes its quotes.
const callerStart = ',"caller":{';
const callerEnd = '},"api":';
const agentStart = ',"userAgent":"';
const queryStart = ',"query":{';
const jsonString = /"(?:[^"\\]|\\.)*"/y;

interface SealedCaller {
  readonly key: PersonsKey;
  readonly json: string;
  readonly isNamedIn: (text: string) => boolean;
  readonly userAgents: Map<string, string>;
}

/**
 * Seals lines of decisions. The caller is the same text in all lines of a session, and so is the user agent: their sealed
 * forms are remembered.
 */
export function createDecisionSealer(keys: KeyStore): (line: string) => string {
  const callers = new Map<string, SealedCaller>();

  const callerOf = (json: string): SealedCaller => {
    const known = callers.get(json);
    if (known !== undefined) return known;
    const caller = JSON.parse(json) as AuditCaller;
    const key = keys.ofPerson(caller);
    const sealed: SealedCaller = {
      key,
      json: sealValue(json, key, asciiJson(caller.groups)),
      isNamedIn: namesIn(key.names),
      userAgents: new Map(),
    };
    if (callers.size >= maxCallers) callers.clear();
    callers.set(json, sealed);
    return sealed;
  };

  return (line) => {
    const from = line.indexOf(callerStart) + callerStart.length - 1;
    const to = line.indexOf(callerEnd, from) + 1;
    const caller = callerOf(line.slice(from, to));
    let rest = line.slice(to);
    if (rest.includes(queryStart) || caller.isNamedIn(rest)) rest = sealNaming(rest, caller);
    return line.slice(0, from) + caller.json + sealUserAgent(rest, caller);
  };
}

function sealUserAgent(rest: string, { key, userAgents }: SealedCaller): string {
  const at = rest.indexOf(agentStart);
  if (at === -1) return rest;
  jsonString.lastIndex = at + agentStart.length - 1;
  const [agent = ''] = jsonString.exec(rest) ?? [];
  let sealed = userAgents.get(agent);
  if (sealed === undefined) {
    sealed = sealValue(agent, key);
    if (userAgents.size >= maxUserAgents) userAgents.clear();
    userAgents.set(agent, sealed);
  }
  const begin = at + agentStart.length - 1;
  return rest.slice(0, begin) + sealed + rest.slice(begin + agent.length);
}

/** Query values, and a path or reason that names the person, such as `/users/alice`. */
function sealNaming(rest: string, { key, isNamedIn }: SealedCaller): string {
  const fields = Object.entries(JSON.parse(`{${rest.slice(1)}`) as Readonly<Record<string, unknown>>);
  const sealed = fields.map(([field, value]) => {
    const json = asciiJson(value);
    const isPersonal = field === 'query' || ((field === 'path' || field === 'reason') && isNamedIn(json));
    return `,"${field}":${isPersonal ? sealValue(json, key) : json}`;
  });
  return `${sealed.join('')}}`;
}
