import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { keepNewestCrashes } from '../../electron/crash-list.ts';
import { logFolder, openLogFile } from '../../electron/log-file.ts';
import { withoutSecrets } from '../../electron/without-secrets.ts';

const root = mkdtempSync(join(tmpdir(), 'causeway-log-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(root, 'one-')), 'logs');
});

describe('the log', () => {
  it.each([
    ['darwin', {}, '/home/a/Library/Logs/Causeway'],
    ['linux', {}, '/home/a/.local/state/causeway-app/logs'],
    ['linux', { XDG_STATE_HOME: '/state' }, '/state/causeway-app/logs'],
    ['linux', { XDG_STATE_HOME: 'relative' }, '/home/a/.local/state/causeway-app/logs'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/Causeway/logs'],
  ] as const)('is where %s with %j wants it', (platform, environment, place) => {
    expect(logFolder(environment, platform, '/home/a').replaceAll('\\', '/')).toBe(place);
  });

  it('never takes more than its files may hold, and keeps what was written last', () => {
    const log = openLogFile(folder, { maxBytes: 100, maxFiles: 3 });
    for (let line = 0; line < 200; line += 1) log.write(`${'x'.repeat(20)} ${line}\n`);
    log.write(`${'y'.repeat(5000)}\n`);
    const names = readdirSync(folder).toSorted();
    expect(names).toEqual(['causeway.1.log', 'causeway.2.log', 'causeway.log']);
    for (const name of names) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(100);
    expect(readFileSync(join(folder, 'causeway.1.log'), 'utf8')).toContain(' 199\n');
  });

  it('goes on where an earlier run stopped', () => {
    openLogFile(folder).write('one\n');
    openLogFile(folder).write('two\n');
    expect(readFileSync(join(folder, 'causeway.log'), 'utf8')).toBe('one\ntwo\n');
  });

  it.runIf(process.platform !== 'win32')('is nobody else’s to read', () => {
    openLogFile(folder).write('one\n');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'causeway.log')).mode & 0o777).toBe(0o600);
  });

  it('that can’t be written stops nothing', () => {
    writeFileSync(folder, 'a file where the folder should be');
    expect(() => openLogFile(folder).write('one\n')).not.toThrow();
  });

  const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
  it.each([
    [`authorization: Bearer ${jwt}`, /Bearer …/],
    [`{"msg":"refused DPoP ${jwt}"}`, /"refused DPoP …"/],
    [`proof ${jwt} is old`, /^proof … is old$/],
    ['http://127.0.0.1:4000/callback?code=SplxlOBeZQQYbYS6&state=x', /code=…&state=x/],
    ['{"refresh_token":"8xLOxBtZp8","scope":"openid"}', /"refresh_token":"…","scope":"openid"/],
    ['grant_type=password&password=hunter2&client_secret=s3cr3t', /password=…&client_secret=…/],
    ['set-cookie: session=abcdef; HttpOnly', /set-cookie: …/i],
    ['proxy http://alice:hunter2@proxy.acme.example:3128', /http:\/\/…@proxy\.acme\.example/],
    ['{"refreshToken":"8xLOxBtZp8","expiresIn":60}', /"refreshToken":"…","expiresIn":60/],
    ['{"accessToken": "8xLO","idToken":"8xLO","clientSecret":"s3cr3t"}', /^\{"accessToken": "…","idToken":"…","client/],
    ['{"oldPassword":"hunter2, \\"abcdef\\" s3cr3t","a":1}', /^\{"oldPassword":"…","a":1\}$/],
    ["{ client_secret: 's3cr3t' }", /^\{ client_secret: '…' \}$/],
    ['password=hunter2\\\\s3cr3t&x=1', /^password=…&x=1$/],
    ['{"set-cookie":["a=abcdef; HttpOnly","b=s3cr3t"],"a":1}', /"set-cookie":…\],"a":1/],
    ['https://alice:hunter2@s3cr3t@proxy:3128/', /^https:\/\/…@proxy:3128\/$/],
    ['https://s3cr3t@proxy/', /^https:\/\/…@proxy\/$/],
  ])('has no secret of %s', (line, shown) => {
    const clean = withoutSecrets(line);
    expect(clean).toMatch(shown);
    expect(clean).not.toMatch(/eyJ|Splx|8xLO|hunter2|s3cr3t|abcdef/);
  });

  it.each([
    [{ refresh_token: '8xLOxBtZp8', scope: 'openid' }],
    [{ accessToken: 'a"8xLO', password: 'hunter2"s3cr3t', scope: 'openid' }],
    [{ headers: { cookie: 'a="abcdef"; b=s3cr3t' }, scope: 'openid' }],
  ])('has none of %j, however deep inside of other JSON', (answer) => {
    let text = JSON.stringify(answer);
    for (let depth = 0; depth < 4; depth += 1) {
      const clean = withoutSecrets(text);
      expect(clean).not.toMatch(/8xLO|hunter2|s3cr3t|abcdef/);
      expect(clean).toMatch(/scope\\*":\\*"openid/);
      expect(() => JSON.parse(clean)).not.toThrow();
      text = JSON.stringify({ err: { message: text } });
    }
  });

  it.each(['eyJaaaaaa-', 'password', 'password: ', 'password"', 'cookie:[', 'Bearer ', '://a@', '\\', ' ', '?code='])(
    'of a million characters, %j again and again, is no work for hours',
    (piece) => {
      for (const first of ['', 'password', 'cookie:', 'password="'])
        expect(withoutSecrets(first + piece.repeat(1_000_000 / piece.length)).length).toBeGreaterThan(0);
    },
  );

  it.each([
    'relay.acme.example answered 503 bad-gateway',
    '{"code":"not-revoked","detail":"code: 7"}',
    '{"api":"orders","reason":"limit","connections":3}',
  ])('says %s as it is', (line) => expect(withoutSecrets(line)).toBe(line));
});

describe('crash files', () => {
  const nowMs = Date.UTC(2026, 5, 1);
  const dump = (name: string, daysAgo: number): void => {
    mkdirSync(join(folder, 'completed'), { recursive: true });
    const path = join(folder, 'completed', name);
    writeFileSync(path, 'dump');
    utimesSync(path, (nowMs - daysAgo * 86_400_000) / 1000, (nowMs - daysAgo * 86_400_000) / 1000);
  };

  it('are counted, and told with the time of the newest', () => {
    dump('a.dmp', 3);
    dump('b.dmp', 1);
    writeFileSync(join(folder, 'settings.dat'), 'of Crashpad');
    expect(keepNewestCrashes(folder, nowMs)).toEqual({ folder, count: 2, lastAtMs: nowMs - 86_400_000 });
  });

  it('are few and young: the others are deleted', () => {
    for (let index = 0; index < 8; index += 1) dump(`new-${index}.dmp`, index);
    dump('old.dmp', 15);
    expect(keepNewestCrashes(folder, nowMs).count).toBe(5);
    expect(readdirSync(join(folder, 'completed')).toSorted()).toEqual(
      [0, 1, 2, 3, 4].map((index) => `new-${index}.dmp`),
    );
    expect(keepNewestCrashes(folder, nowMs + 20 * 86_400_000)).toMatchObject({ count: 0, lastAtMs: null });
  });

  it('are gone when all are to go, as after a sign-out', () => {
    dump('a.dmp', 0);
    dump('b.dmp', 1);
    expect(keepNewestCrashes(folder, nowMs, 0)).toEqual({ folder, count: 0, lastAtMs: null });
    expect(readdirSync(join(folder, 'completed'))).toEqual([]);
  });

  it.runIf(process.platform !== 'win32')('are nobody else’s to read, whoever made the folder', () => {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    keepNewestCrashes(folder, nowMs);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('are none where there is no folder yet', () => {
    expect(keepNewestCrashes(folder, nowMs)).toEqual({ folder, count: 0, lastAtMs: null });
  });
});
