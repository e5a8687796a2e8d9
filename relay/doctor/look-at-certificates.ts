import { certificateFaults } from '../config/certificate-faults.ts';
import { certificateEnds } from '../metrics/certificate-expiry.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import type { Patient } from './patient.ts';

const dayMs = 86_400_000;
/** As the alert has it (deploy/prometheus). */
export const soonMs = 14 * dayMs;

/** When the certificates that the config names end, and whether those that people see are for the relay’s names. */
export function lookAtCertificates({ loaded, isWhole }: Patient, nowMs: number): readonly Look[] {
  if (!isWhole) return [skipped('', 'The files that the config names can’t all be read; see “config”.')];
  const found = certificateFaults(loaded, nowMs);
  const faults = found.map(({ place, message }) =>
    failure(
      place.join('.'),
      `It ${message}`,
      'Put a new certificate in its place; the relay takes it without a restart.',
    ),
  );
  const ends = certificateEnds(loaded);
  if (ends.length === 0) return [...faults, skipped('', 'The config names no certificate.')];
  const told = new Set(found.map(({ use }) => use));
  return [
    ...faults,
    ...ends
      .filter(({ use }) => !told.has(use) && !told.has(`${use}.cert`))
      .map(({ use, notAfterMs }) => lookAtEnd(use, notAfterMs, nowMs)),
  ];
}

function lookAtEnd(use: string, notAfterMs: number, nowMs: number): Look {
  const day = new Date(notAfterMs).toISOString().slice(0, 10);
  if (notAfterMs <= nowMs) return failure(use, `It ended on ${day}.`, 'Put a new one in its place.');
  const days = Math.floor((notAfterMs - nowMs) / dayMs);
  if (notAfterMs - nowMs < soonMs)
    return warning(use, `It ends on ${day}, in ${days} days.`, 'Put a new one in its place.');
  return fine(use, `It ends on ${day}, in ${days} days.`);
}
