import type { AppUpdate, OfferedUpdate } from '../../../shared/app-update.ts';

/** A version that waits, with notes in both languages. */
export const sampleOffer: OfferedUpdate = {
  version: '1.4.0',
  notes: {
    en: 'Connections come back faster after a sleep.\nNew: an update shows what is new before it is installed.',
    de: 'Verbindungen kommen nach dem Ruhezustand schneller wieder.\nNeu: Updates zeigen vor der Installation, was neu ist.',
  },
  sizeBytes: 95_000_000,
};

/** What the app knows of updates, as of `nowMs`: it has looked, and there is nothing. */
export function sampleUpdate(nowMs: number, change: Partial<AppUpdate> = {}): AppUpdate {
  return {
    installed: '1.3.2',
    channel: 'stable',
    checkedAtMs: nowMs - 7_200_000,
    heardAtMs: nowMs - 7_200_000,
    isRequired: false,
    state: { status: 'current', passedOver: null },
    ...change,
  };
}
