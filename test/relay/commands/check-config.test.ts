import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConfig } from '../../../relay/commands/check-config.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder.close());

async function check(text: string): Promise<{ code: number; output: string }> {
  const path = await folder.write('relay.yaml', text);
  let output = '';
  const code = await checkConfig(path, (part) => (output += part));
  return { code, output: output.replaceAll(path, 'relay.yaml') };
}

describe('check-config', () => {
  it('lists every problem, one a line, and exits with 2', async () => {
    const { code, output } = await check(minimalConfig({ relay: '  lisen: {}', api: '    port: 80' }));
    expect(code).toBe(2);
    expect(output).toBe(
      [
        'relay.yaml:4:3 relay.lisen: is a key that Causeway doesn’t know. Did you mean “listen”?',
        'relay.yaml:14:11 apis[0].port: must be at least 1024. Local port that the app suggests.',
        '',
        '2 problems. The relay would not use this file.',
        '',
      ].join('\n'),
    );
  });

  it('exits with 2 for a file that doesn’t exist', async () => {
    let output = '';
    expect(await checkConfig(folder.file('nope.yaml'), (part) => (output += part))).toBe(2);
    expect(output).toContain('nope.yaml:1:1 doesn’t exist.');
    expect(output).toContain('One problem.');
  });

  it('says what is in a config that can be used, and exits with 0', async () => {
    const { code, output } = await check(minimalConfig({ api: '    rules: [{name: r}]' }));
    expect({ code, output }).toEqual({ code: 0, output: 'relay.yaml can be used: 1 issuer, 1 API, 1 rule.\n' });
  });

  it('points at what is allowed but seldom meant', async () => {
    const { code, output } = await check(minimalConfig({ api: '    rules: [{name: r, groups: []}]' }));
    expect(code).toBe(0);
    expect(output).toContain('Note: No rule of the API “orders” allows anything, so nobody can use it.');
    expect(output).toContain('Note: The rule “r” of the API “orders” has an empty list of groups: it is for nobody.');
  });
});
