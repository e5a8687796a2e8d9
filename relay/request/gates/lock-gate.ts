import { said } from '../../../shared/plain-reason.ts';
import { lockReason } from '../../sessions/lock.ts';
import type { Gate } from './candidate.ts';

/** Refuses what an administrator has locked, with the reason and, in `Retry-After`, the end. */
export const isNotLocked: Gate = ({ exchange, inForce }, { lockOf }) => {
  const lock = lockOf(exchange.socket.session, exchange.api);
  if (lock === null) return null;
  const { id, untilMs } = lock;
  const seconds = untilMs === null ? null : Math.max(1, Math.ceil((untilMs - exchange.startedAtMs) / 1000));
  const headers: Readonly<Record<string, string>> = seconds === null ? {} : { 'Retry-After': String(seconds) };
  return { code: 'locked', status: 403, ...said(lockReason(lock, inForce.disclose)), rule: `lock:${id}`, headers };
};
