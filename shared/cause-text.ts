import type { Cause, CauseCode } from './cause.ts';
import { text } from './messages/text.ts';

/** A cause in words, for every place that tells it. */
export interface CauseText {
  /** “Waits for …”, for a row or a line: `the relay`, `your sign-in`. */
  readonly awaited: string;
  readonly title: string;
  /** What happened in this case, a sentence; empty when there is nothing to add. */
  readonly detail: string;
  /** What to do, or that there is nothing to do; a sentence or two. */
  readonly hint: string;
}

/** The words for a cause; the only place that has any. */
export function causeText({ code, awaits, relayName, detail }: Cause): CauseText {
  const { title, hint } = textOf(code, relayName);
  const adds = detail !== null && detail.replace(/\.$/, '') !== title;
  return { awaited: text(`cause.awaits.${awaits}`), title, detail: adds ? detail : '', hint };
}

function textOf(code: CauseCode, relay: string): { readonly title: string; readonly hint: string } {
  if (code === 'signed-out' || code === 'connecting')
    return { title: text(`cause.${code}.title`, { relay }), hint: text(`cause.${code}.hint`) };
  if (code === 'signing-in') return { title: text('cause.signing-in.title'), hint: text('cause.signing-in.hint') };
  const title = text(`problem.${code}.title`);
  // Their own hints are for somebody who has just typed an address, or signs in.
  const isOwn = code === 'relay-unreachable' || code === 'idp-unreachable';
  return { title, hint: isOwn ? text('cause.out-of-reach.hint') : text(`problem.${code}.hint`) };
}

/** Detail and hint as one text that repeats nothing. */
export function causeSentences(cause: Cause): string {
  const { detail, hint } = causeText(cause);
  return [detail, hint].filter((part) => part !== '').join(' ');
}
