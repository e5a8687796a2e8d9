import type { Notice, NoticeFacts } from './notice.ts';
import { currentLocale } from './messages/language.ts';
import { text } from './messages/text.ts';
import { noteText } from './note-text.ts';
import { shownText } from './shown-text.ts';

/** A notice in words of the present language: what happened, what to do, and what the one button does. */
export interface NoticeWords {
  readonly title: string;
  readonly body: string;
  readonly action: string;
}

const dayMs = 86_400_000;

/** Says a notice. Times are said as times of day, because a notice is read long after it was made. */
export function noticeWords({ facts, atMs }: Pick<Notice, 'facts' | 'atMs'>): NoticeWords {
  const action = text(`notices.${facts.kind}.action`);
  return { title: shownText(titleOf(facts, atMs)), body: shownText(bodyOf(facts, atMs)).trim(), action };
}

function titleOf(facts: NoticeFacts, saidAtMs: number): string {
  switch (facts.kind) {
    case 'sign-in-ended':
    case 'sign-in-failing':
    case 'trouble':
    case 'update-required':
      return facts.title;
    case 'sign-in-ending':
      return text('notices.sign-in-ending', { when: atTime(facts.endsAtMs, saidAtMs) });
    case 'new-device':
      return text('notices.new-device', { name: facts.name });
    case 'api-locked':
      return text('notices.api-locked', { name: facts.apiName, more: facts.more });
    case 'step-up':
      return text('notices.step-up', { name: facts.apiName ?? text('notices.step-up.any') });
    case 'quota-low':
      return text('notices.quota-low', { name: facts.apiName, left: facts.left, limit: facts.limit });
    case 'quota-gone':
      return text('notices.quota-gone', { name: facts.apiName });
    case 'grant-ending':
      return text('notices.grant-ending', { name: nameOf(facts), when: atTime(facts.endsAtMs, saidAtMs) });
    case 'grant-ended':
      return text('notices.grant-ended', { name: nameOf(facts) });
    case 'request-approved':
      return text('notices.request-approved', { by: facts.by, name: nameOf(facts) });
    case 'request-refused':
      return text('notices.request-refused', { by: facts.by, name: nameOf(facts) });
    case 'grant-revoked':
      return text('notices.grant-revoked', { name: nameOf(facts) });
    case 'request-to-decide':
      return text('notices.request-to-decide', { by: facts.by, name: nameOf(facts) });
    case 'emergency-sign-in':
      return text('notices.emergency-sign-in', { account: facts.account });
    case 'emergency-invitation':
      return text('notices.emergency-invitation', { account: facts.account });
    case 'relay-draining':
      return text('notices.relay-draining');
    case 'update-recommended':
      return text('notices.update-recommended', { version: facts.version });
    case 'app-update-ready':
    case 'app-update-offered':
      return text(`notices.${facts.kind}`, { version: facts.version });
  }
}

function bodyOf(facts: NoticeFacts, saidAtMs: number): string {
  switch (facts.kind) {
    case 'sign-in-ended':
    case 'sign-in-failing':
    case 'trouble':
    case 'update-required':
      return facts.detail;
    case 'sign-in-ending':
      return text('notices.sign-in-ending.text');
    case 'new-device': {
      const { system, address } = facts;
      const where = address === null ? system : text('notices.new-device.from', { system, address });
      return text('notices.new-device.text', { where });
    }
    case 'api-locked':
      return text('notices.api-locked.text', { reason: facts.reason ?? '' });
    case 'step-up':
      return facts.reason;
    case 'quota-low':
      return text('notices.quota-low.text', { when: atTime(facts.resetsAtMs, saidAtMs) });
    case 'quota-gone':
      return text('notices.quota-gone.text', { limit: facts.limit, when: atTime(facts.resetsAtMs, saidAtMs) });
    case 'grant-ending':
      return text('notices.grant-ending.text', { role: facts.role });
    case 'grant-ended':
      return text('notices.grant-ended.text', { role: facts.role, time: clock(facts.endsAtMs, saidAtMs) });
    case 'request-approved':
      return text('notices.request-approved.text', {
        role: facts.role,
        time: clock(facts.endsAtMs ?? saidAtMs, saidAtMs),
        note: quoted(noteText(facts)),
      });
    case 'request-refused':
      return facts.note === '' ? text('notices.request-refused.no-note', { by: facts.by }) : quoted(noteText(facts));
    case 'grant-revoked':
      return text('notices.grant-revoked.text', { role: facts.role, note: quoted(noteText(facts)) });
    case 'request-to-decide':
      return text('notices.request-to-decide.text', { role: facts.role, reason: facts.reason });
    case 'emergency-sign-in':
      return text('notices.emergency-sign-in.text', { when: atTime(facts.signedInAtMs, saidAtMs) });
    case 'emergency-invitation':
      return text('notices.emergency-invitation.text', { by: facts.by, when: atTime(facts.invitedAtMs, saidAtMs) });
    case 'relay-draining':
      return text('notices.relay-draining.text');
    case 'update-recommended':
      return text('notices.update-recommended.text', { how: facts.howToUpdate ?? '' });
    case 'app-update-ready':
    case 'app-update-offered':
      return text('notices.app-update.text');
  }
}

function nameOf({ apiName }: { readonly apiName: string | null }): string {
  return apiName ?? text('notices.all-apis');
}

/** What a colleague wrote, told apart from what the app says. */
function quoted(note: string | null): string {
  return note === null || note === '' ? '' : text('requests.own.note', { note });
}

/** `at 14:30`, or with the day when it is another one. */
function atTime(timeMs: number, saidAtMs: number): string {
  const time = clock(timeMs, saidAtMs);
  return isSoon(timeMs, saidAtMs) ? text('notices.at-time', { time }) : text('notices.on-day', { time });
}

function clock(timeMs: number, saidAtMs: number): string {
  const day = isSoon(timeMs, saidAtMs) ? {} : ({ weekday: 'short', day: 'numeric', month: 'short' } as const);
  return new Date(timeMs).toLocaleString(currentLocale(), { ...day, hour: '2-digit', minute: '2-digit' });
}

/** So near that the time of day says which day is meant. */
function isSoon(timeMs: number, saidAtMs: number): boolean {
  return Math.abs(timeMs - saidAtMs) < dayMs / 2;
}
