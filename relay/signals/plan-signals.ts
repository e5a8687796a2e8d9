import { shownText } from '../../shared/shown-text.ts';
import type { TransmitterConfig } from '../config/signals-schema.ts';
import { shortType, type SignalKind, signalKindOf, streamEventOf } from './event-types.ts';
import { isAboutSomebody, readSignalSubject, type SignalSubject, type SubjectRules } from './read-subject.ts';
import { timeOf, type VerifiedSet } from './verify-set.ts';

/** What is to be done about one event. */
export type SignalPlan =
  | {
      readonly type: 'act';
      readonly action: 'revoke' | 'lock' | 'unlock';
      readonly kind: SignalKind;
      readonly subject: SignalSubject;
      /** Sign-ins from before this time are meant, milliseconds since the epoch. */
      readonly asOfMs: number;
      /** What the event says, for the record. */
      readonly why: string;
    }
  | { readonly type: 'verification'; readonly state: string }
  | { readonly type: 'stream-updated'; readonly status: string }
  | {
      readonly type: 'nothing';
      readonly because: 'configured' | 'unknownEvent' | 'unknownSubject';
      readonly event: string;
    };

export interface PlanRules extends SubjectRules {
  readonly events: TransmitterConfig['events'];
}

const maxReason = 300;
/** Of a credential, those that may have been known to somebody else before. */
const changes = new Set(['revoke', 'update', 'delete']);

/** What is to be done about a token’s events, by the config. Pure. @throws SetRefusal for a subject that can’t be read */
export function planSignals(set: VerifiedSet, rules: PlanRules): readonly SignalPlan[] {
  return set.events.map(([type, payload]) => {
    const stream = streamEventOf(type);
    if (stream === 'verification') return { type: stream, state: textIn(payload, 'state') };
    if (stream === 'stream-updated') return { type: stream, status: textIn(payload, 'status') };
    const kind = signalKindOf(type);
    const event = shortType(type);
    if (kind === undefined) return { type: 'nothing', because: 'unknownEvent', event };
    const action = actionOf(kind, payload, rules.events);
    if (action === 'none') return { type: 'nothing', because: 'configured', event };
    const subject = readSignalSubject(set.subject ?? payload['subject'], rules);
    if (!isAboutSomebody(subject)) return { type: 'nothing', because: 'unknownSubject', event };
    return { type: 'act', action, kind, subject, asOfMs: happenedAt(set, payload), why: whyOf(event, payload) };
  });
}

function actionOf(
  kind: SignalKind,
  payload: Readonly<Record<string, unknown>>,
  events: TransmitterConfig['events'],
): 'revoke' | 'lock' | 'unlock' | 'none' {
  const change = payload['change_type'];
  // A further key takes nothing from the ones before (CAEP 1.0 §3.3).
  if (kind === 'credential_change' && typeof change === 'string' && !changes.has(change)) return 'none';
  return events[kind];
}

/** When it happened: as the event says, as the token says, or when the token was made. */
function happenedAt(set: VerifiedSet, payload: Readonly<Record<string, unknown>>): number {
  return timeOf(payload['event_timestamp']) ?? set.happenedAtMs ?? set.issuedAtMs;
}

function whyOf(event: string, payload: Readonly<Record<string, unknown>>): string {
  const reason = readable(payload['reason_admin']) ?? readable(payload['reason']);
  return reason === null ? event : `${event}: ${reason}`;
}

/** A text, or one of several languages (CAEP 1.0 §2). */
function readable(value: unknown): string | null {
  const text = typeof value === 'object' && value !== null ? Object.values(value)[0] : value;
  if (typeof text !== 'string') return null;
  const shown = shownText(text).trim().slice(0, maxReason);
  return shown === '' ? null : shown;
}

function textIn(payload: Readonly<Record<string, unknown>>, name: string): string {
  const value = payload[name];
  return typeof value === 'string' ? shownText(value).slice(0, maxReason) : '';
}
