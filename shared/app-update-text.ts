import type { AppUpdate, UpdateState } from './app-update.ts';
import { currentLanguage } from './messages/language.ts';
import { text } from './messages/text.ts';

/** What is going on with updates, in one or two sentences of the present language. */
export function updateLine({ state, checkedAtMs }: Pick<AppUpdate, 'state' | 'checkedAtMs'>): string {
  switch (state.status) {
    case 'off':
      return text(`updates.off.${state.reason}`);
    case 'current':
      return currentLine(state, checkedAtMs);
    case 'checking':
      return text('updates.checking');
    case 'offered':
      return text('updates.offered', { version: state.offer.version });
    case 'downloading':
      return text('updates.downloading', { version: state.offer.version, percent: downloadedPercent(state) });
    case 'ready':
      return text(readyText(state), { version: state.offer.version });
    case 'installing':
      return text('updates.installing', { version: state.offer.version });
    case 'failed':
      return text('updates.failed', { why: text(`updates.failed.${state.reason}`) });
  }
}

function readyText({ byItself, onQuit }: Extract<UpdateState, { status: 'ready' }>) {
  if (!byItself) return 'updates.ready.ask';
  return onQuit ? 'updates.ready' : 'updates.ready.not-on-quit';
}

function currentLine({ passedOver }: Extract<UpdateState, { status: 'current' }>, checkedAtMs: number | null): string {
  if (passedOver === null) return text(checkedAtMs === null ? 'updates.never' : 'updates.current');
  return passedOver.reason === 'same'
    ? text('updates.passed.same')
    : text(`updates.passed.${passedOver.reason}`, { version: passedOver.version });
}

/** How much of a download is there, in whole percent. */
export function downloadedPercent({ receivedBytes, offer }: Extract<UpdateState, { status: 'downloading' }>): number {
  return Math.min(100, Math.floor((receivedBytes / offer.sizeBytes) * 100));
}

/** The offered version’s notes as plain text, in the present language where they were written in it. */
export function updateNotes({ state }: Pick<AppUpdate, 'state'>): { version: string; notes: string } | null {
  const offer = 'offer' in state ? state.offer : null;
  if (offer === null) return null;
  const notes = (currentLanguage() === 'de' ? offer.notes.de : undefined) ?? offer.notes.en;
  return notes.trim() === '' ? null : { version: offer.version, notes: notes.trim() };
}
