import { expect, test } from 'vitest';
import { demandSandbox } from '../../electron/demand-sandbox.ts';

test.each(['no-sandbox', 'single-process', 'disable-seccomp-filter-sandbox'])(
  'a start with --%s is refused, and says what to do',
  (given) => {
    expect(() => demandSandbox((name) => name === given)).toThrow(
      new RegExp(`--${given}.*install the Debian or RPM package`),
    );
  },
);

test('a start without is let through, with whatever else', () => {
  expect(() => demandSandbox((name) => name === 'ozone-platform' || name === 'disable-gpu')).not.toThrow();
});
