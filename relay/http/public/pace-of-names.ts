import { HourlyPace } from './hourly-pace.ts';

/** Each name is a record in the audit. */
export const mostNamesAnHour = 20;

/** How often a person may give names to devices. */
export function paceOfNames(): HourlyPace {
  return new HourlyPace(mostNamesAnHour);
}
