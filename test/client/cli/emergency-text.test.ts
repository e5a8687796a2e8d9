import { expect, it } from 'vitest';
import { emergencyText } from '../../../client/cli/emergency-text.ts';

it('an owner reads which emergency account has signed in, when, and what to do', () => {
  const text = emergencyText({ account: 'kim', atMs: Date.UTC(2026, 10, 30, 12) });
  expect(text).toMatch(/^Emergency sign-in with the account “kim”, .*2026.*\. If nobody told you why, ask at once/);
});

it('a name can’t steer the terminal or turn the text around', () => {
  const text = emergencyText({ account: 'kim\u001b[2J\u202Egnp', atMs: 0 });
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
});

it('an owner reads who has made a link to which emergency account', () => {
  const text = emergencyText({ account: 'kim', atMs: Date.UTC(2026, 10, 30, 12), by: 'mia (console)' });
  expect(text).toMatch(
    /^mia \(console\) has made a link to enrol .* “kim”, .*2026.*ask at once, and have it disabled\.$/,
  );
});
