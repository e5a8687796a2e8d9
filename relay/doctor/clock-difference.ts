import { failure, type Look, warning } from './finding.ts';

/** Beyond it the relay refuses good tokens. */
const leewayMs = 60_000;
const noticedMs = 10_000;
const setOwn = 'Let NTP set this machine’s clock (timedatectl)';

/** What follows from a provider’s clock that isn’t this machine’s. @param differenceMs how far it is ahead; undefined when it didn’t say */
export function providerClock(name: string, differenceMs: number | undefined): readonly Look[] {
  if (differenceMs === undefined || Math.abs(differenceMs) <= noticedMs) return [];
  const advice = `${setOwn}, or ask the provider’s operators about theirs.`;
  const found = differenceIn(differenceMs);
  if (Math.abs(differenceMs) > leewayMs) return [failure(name, `${found} Good tokens are refused.`, advice)];
  return [warning(name, found, advice)];
}

/** The same of a server that relays share: it judges no token, but one of both clocks is wrong. */
export function serverClock(name: string, differenceMs: number): readonly Look[] {
  if (!(Math.abs(differenceMs) > noticedMs)) return [];
  const found = `${differenceIn(differenceMs)} One of them is wrong: good tokens are refused where it is this one, by more than ${leewayMs / 1000} s.`;
  return [warning(name, found, `${setOwn} and that server’s.`)];
}

/** How far a clock is ahead that was read between two looks at this machine’s. */
export function aheadMs(theirMs: number, askedAtMs: number, answeredAtMs: number): number {
  return theirMs - (askedAtMs + answeredAtMs) / 2;
}

function differenceIn(differenceMs: number): string {
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  return `Its clock is ${seconds} s ${differenceMs > 0 ? 'ahead of' : 'behind'} this machine’s.`;
}
