import { shownText } from '../../shared/shown-text.ts';
import type { AccessRecord, BreakGlassRecord, Notice } from './notice.ts';

/** Addresses that messages name; they are text, nothing is done by following them but to show the request. */
export interface NoticeLinks {
  /** Of the operators’ console; null where there is none. */
  readonly consoleUrl: string | null;
  /** Name of the relay as people know it. */
  readonly relayName: string;
}

/** A message in words. */
export interface NoticeText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const maxSubject = 150;

/** What a message says, with all that others wrote in it on one line each, and escaped in HTML. Pure. */
export function noticeText(notice: Pick<Notice, 'event' | 'record'>, links: NoticeLinks): NoticeText {
  const { record } = notice;
  if (record.type === 'relay') return breakGlassText(record, links);
  return accessText({ event: notice.event, record }, links);
}

interface AccessNotice {
  readonly event: Notice['event'];
  readonly record: AccessRecord;
}

function accessText(notice: AccessNotice, links: NoticeLinks): NoticeText {
  const { record } = notice;
  const who = one(record.requester.username);
  const what = `${one(record.role)} at ${record.api === null ? 'all APIs' : one(record.api)}`;
  const subject = `${cut(subjectOf(notice, who, what), maxSubject)} [${cut(one(links.relayName), 40)}]`;
  const lines: readonly (readonly [label: string, value: string])[] = [
    ['Person', who],
    ['Role', what],
    ['For', hours(record.hours)],
    ...factsOf(notice),
    ['Request', record.grant],
    ...linksOf(notice, links),
  ];
  return inForms(subject, `${subjectOf(notice, who, what)}.`, lines);
}

function breakGlassText({ person, detail, remoteAddress, timeMs }: BreakGlassRecord, links: NoticeLinks): NoticeText {
  const said = `Emergency sign-in of ${one(person?.username ?? 'somebody')}`;
  const lines = [
    ['What', one(detail)],
    ['From', one(remoteAddress ?? '')],
    ['At', new Date(timeMs).toISOString()],
    ...breakGlassLinks(links),
  ] as const;
  const lead = `${said}. If you don’t know why, lock the account or end its sessions.`;
  return inForms(`${cut(said, maxSubject)} [${cut(one(links.relayName), 40)}]`, lead, lines);
}

/** Where sessions are ended; of the console alone, because no app signs in with it. */
export function breakGlassLinks({
  consoleUrl,
}: Pick<NoticeLinks, 'consoleUrl'>): readonly (readonly ['Console', string])[] {
  return consoleUrl === null ? [] : [['Console', `${consoleUrl}/people?view=sessions`]];
}

function inForms(
  subject: string,
  lead: string,
  lines: readonly (readonly [label: string, value: string])[],
): NoticeText {
  const text = [lead, '', ...lines.map(([label, value]) => `${label}: ${value}`), ''].join('\n');
  const rows = lines.map(([label, value]) => `<tr><th align="left">${html(label)}</th><td>${html(value)}</td></tr>`);
  return {
    subject,
    text,
    html: `<!doctype html><html><body><p>${html(lead)}</p><table cellpadding="4">${rows.join('')}</table></body></html>`,
  };
}

function subjectOf({ event }: AccessNotice, who: string, what: string): string {
  switch (event) {
    case 'requested':
      return `${who} asks for ${what}`;
    case 'approved':
      return `${who} was given ${what}`;
    case 'refused':
      return `${who} was refused ${what}`;
    case 'revoked':
      return `${who} no longer has ${what}`;
    case 'ending':
      return `${who} is about to lose ${what}`;
    case 'break-glass':
      return `${who} has signed in`;
  }
}

function factsOf({ event, record }: AccessNotice): readonly (readonly [string, string])[] {
  const { by, note, expiresAtMs } = record;
  const until = expiresAtMs === null ? [] : [['Until', new Date(expiresAtMs).toISOString()] as const];
  if (event === 'ending') return until;
  if (event === 'requested') return [['Reason', one(note)]];
  const said = one(note).trim() === '' ? [] : [['Note', one(note)] as const];
  return [['Decided by', one(by)], ...said, ...(event === 'approved' ? until : [])];
}

/** Where it is decided, or looked at. */
export function linksOf(
  { record }: Pick<AccessNotice, 'record'>,
  { consoleUrl }: Pick<NoticeLinks, 'consoleUrl'>,
): readonly (readonly ['App' | 'Console', string])[] {
  const id = encodeURIComponent(record.grant);
  return [
    ['App', `causeway://request/${id}`],
    ...(consoleUrl === null ? [] : [['Console', `${consoleUrl}/access/${id}`] as const]),
  ];
}

/** Others’ text on one line that steers nothing: no header and no page takes anything else from it. */
function one(text: string): string {
  return cut(shownText(text), 1000);
}

function cut(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

function hours(count: number): string {
  return count === 1 ? '1 hour' : `${count} hours`;
}

function html(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => names[character] ?? character);
}
