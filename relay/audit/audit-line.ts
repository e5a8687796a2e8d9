import type { AuditCaller, AuditRecord } from './audit-record.ts';

const maxRemembered = 1000;
/** Nothing that JSON escapes, and nothing beyond what ASCII can show. */
const plain = /^[ !#-[\]-~]*$/;
/** DEL among them, which JSON leaves as it is and a terminal acts on. */
const beyondAscii = /[\u007f-\uffff]/g;

const rememberedCallers = new WeakMap<AuditCaller, string>();
const rememberedTexts = new Map<string, string>();

/**
 * A record as one line of JSON in ASCII: what is beyond is escaped (RFC 8259 §7), because one such character would make
 * the whole line twice as long in memory. Written by hand for the two kinds that every request makes.
 */
export function auditLine(record: AuditRecord): string {
  if (record.type === 'decision') {
    const { requestId, timeMs, caller, api, method, path, effect, rule, reason, policyRevision } = record;
    const { userAgent, grant, code, query } = record;
    const further = optional('userAgent', userAgent) + optional('grant', grant) + optional('code', code);
    return `{"type":"decision","requestId":"${requestId}","timeMs":${timeMs},"caller":${callerJson(caller)},"api":${quoted(api)},"method":${quoted(method)},"path":${quoted(path)},"effect":"${effect}","rule":${quotedOrNull(rule)},"reason":${quoted(reason)},"policyRevision":${quoted(policyRevision)}${further}${query === undefined ? '' : `,"query":${asciiJson(query)}`}}`;
  }
  if (record.type === 'outcome') {
    const { requestId, timeMs, outcome, status, durationMs, requestBytes, responseBytes, detail, code } = record;
    return `{"type":"outcome","requestId":"${requestId}","timeMs":${timeMs},"outcome":"${outcome}","status":${status},"durationMs":${durationMs},"requestBytes":${requestBytes},"responseBytes":${responseBytes},"detail":${quotedOrNull(detail)}${optional('code', code)}}`;
  }
  return asciiJson(record);
}

function optional(name: string, text: string | undefined): string {
  return text === undefined ? '' : `,"${name}":${quoted(text)}`;
}

function callerJson(caller: AuditCaller): string {
  let json = rememberedCallers.get(caller);
  if (json === undefined) {
    json = asciiJson(caller);
    rememberedCallers.set(caller, json);
  }
  return json;
}

function quotedOrNull(text: string | null): string {
  return text === null ? 'null' : quoted(text);
}

function quoted(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  let json = rememberedTexts.get(text);
  if (json === undefined) {
    json = asciiJson(text);
    if (text.length > 500) return json;
    if (rememberedTexts.size >= maxRemembered) rememberedTexts.clear();
    rememberedTexts.set(text, json);
  }
  return json;
}

/** JSON in ASCII: what is beyond is escaped. */
export function asciiJson(value: unknown): string {
  const json = JSON.stringify(value).replace(
    beyondAscii,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // Made anew from bytes: what was replaced in a string of two bytes a character stays one.
  return Buffer.from(json, 'latin1').toString('latin1');
}
