import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { checkConfig } from '../../../relay/commands/check-config.ts';
import { exampleNames } from '../../../relay/config/example-names.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';

const example = fileURLToPath(new URL('../../../build/relay/relay.yaml', import.meta.url));
const main = fileURLToPath(new URL('../../../relay/start/main.ts', import.meta.url));

test('the relay doesn’t start with the example that packages install, and says which line to fill in', async () => {
  const started = promisify(execFile)(process.execPath, [main, 'serve'], { env: { CAUSEWAY_CONFIG: example } });
  await expect(started).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /relay\.url still has the example’s access\.company\.invalid\. Write yours/,
    ) as string,
  });
});

test('check-config takes it, and warns of each address that is still the example’s', async () => {
  let words = '';
  expect(await checkConfig(example, (text) => void (words += text))).toBe(0);
  const warned = [...words.matchAll(/^Warning: .*?:\d+:\d+ (\S+) still has the example’s/gm)].map(([, key]) => key);
  expect(warned).toEqual(['relay.url:', 'issuers[0].issuer:', 'apis[0].upstream:']);
});

test.each([
  ['https://access.company.invalid', 1],
  ['https://invalid', 1],
  ['https://access.invalid.example', 0],
  ['https://notinvalid', 0],
])('%s: %d names to fill in', async (url, names) => {
  const { config } = await loadConfig(example, { files: 'skip' });
  const only = { ...config, relay: { ...config.relay, url }, issuers: [], apis: [] };
  expect(exampleNames({ config: only })).toHaveLength(names);
});
