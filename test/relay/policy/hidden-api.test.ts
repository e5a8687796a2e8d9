import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';
import { exchangeUntilClose } from '../pipeline/raw-connection.ts';

const upstream = 'http://127.0.0.1:9';

describe('a hidden API, to somebody without access', () => {
  let world: PipelineWorld;
  let port: number;

  beforeAll(async () => {
    // Visible while alice connects; then one is hidden from her and the other goes away.
    world = await startPipelineWorld({
      apis: [
        { id: 'hidden', name: 'Hidden', upstream },
        { id: 'absent', name: 'Absent', upstream },
      ],
    });
    port = world.gatewayPort();
    await world.configure((config) => ({
      ...config,
      apis: [
        {
          id: 'hidden',
          name: 'Hidden',
          upstream,
          when_locked: 'hide',
          max_body_bytes: 3,
          upgrades: ['tcp'],
          rules: [{ name: 'board', groups: ['board'] }],
        },
      ],
    }));
  });
  afterAll(() => world.close());

  it.each([
    ['a plain request', 'GET /secret HTTP/1.1', ['Connection: close'], ''],
    ['a path that isn’t canonical', 'GET /a/../b HTTP/1.1', ['Connection: close'], ''],
    ['a page from another origin', 'GET / HTTP/1.1', ['Origin: https://evil.example', 'Connection: close'], ''],
    ['a body that is too large for it', 'POST / HTTP/1.1', ['Content-Length: 9', 'Connection: close'], 'too large'],
    ['an upgrade', 'GET / HTTP/1.1', ['Connection: Upgrade', 'Upgrade: websocket'], ''],
    ['a switch that only it takes', 'POST / HTTP/1.1', ['Connection: Upgrade, close', 'Upgrade: tcp'], ''],
  ])('answers %s exactly like an API that doesn’t exist', async (_name, line, headers, body) => {
    const ask = async (api: string): Promise<string> => {
      const host = `${api}.localhost:${port}`;
      const lines = [line, `Host: ${host}`, ...headers, '', body];
      const answers = await exchangeUntilClose(port, lines.join('\r\n'));
      const seen = answers.map(({ status, rawHeaders, body: text }) => [
        status,
        rawHeaders.join('\n'),
        text.toString(),
      ]);
      return JSON.stringify(seen, null, 1).replaceAll(api, 'API');
    };
    const [hidden, absent] = [await ask('hidden'), await ask('absent')];
    expect(withoutIds(hidden)).toBe(withoutIds(absent));
    expect(hidden).toContain('404');
    expect(hidden).toContain('unknown-api');
  });

  it('stands in the audit in the same words', () => {
    const records = world.decisions().map(({ record }) => record);
    const said = (api: string): string[] =>
      records.filter((record) => record.api === api).map((record) => record.reason.replaceAll(api, 'API'));
    expect(said('hidden')).toEqual(said('absent'));
    expect(said('hidden')).toHaveLength(6);
  });
});

function withoutIds(answer: string): string {
  return answer.replaceAll(/requestId\\":\\"[^"]+"|(X-Causeway-Request-Id|Date)\\n[^\\]+/gi, 'ID');
}
