/** How an API was used over the last hour. */
export const trend = {
  'trend.title': 'Last hour, of the listed requests',
  'trend.requests': 'Requests',
  'trend.requests.numbers':
    '{total, plural, one {# request} other {# requests}} in the last hour, at most {most, number} in two minutes',
  'trend.latency': 'Latency',
  'trend.latency.numbers': '{mean} on average in the last hour, {longest} at most',
  'trend.errors': 'Errors',
  'trend.errors.numbers':
    '{errors, plural, =0 {No errors} one {# error} other {# errors}} in the last hour, of {total, plural, one {# request} other {# requests}}',
  'trend.count': '{count, number}',
} as const;
