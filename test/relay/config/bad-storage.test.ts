import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, makeCertificate, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
  const { cert, key } = await makeCertificate();
  await folder.write('ca.pem', cert, 0o644);
  await folder.write('client.key', key);
  await folder.write('open.key', key, 0o644);
  await folder.write('no.pem', 'hello', 0o644);
  await folder.write('password', 'geheim@1');
});
afterAll(() => folder.close());

const env = { DATABASE: 'postgres://causeway:p%40ss@db.example.com:6432/causeway' };
const load = async (storage: string) =>
  loadConfig(await folder.write('relay.yaml', minimalConfig({ tail: `storage: ${JSON.stringify(storage)}` })), { env });

describe('an address of storage that can’t be used', () => {
  it.each([
    ['mysql://a:b@db.example.com/causeway', /must begin with postgres:\/\//],
    ['postgres:/causeway', /must begin with postgres:\/\//],
    ['postgres://a:b@db.example.com', /must name a database/],
    ['postgres://a:b@db.example.com/', /must name a database/],
    ['postgres://a:b@db.example.com/one/two', /must name a database/],
    ['postgres://db.example.com/causeway', /must name a user/],
    ['postgres://a:b@one.example.com,two.example.com/causeway', /must name one host/],
    ['postgres://a:b@db.example.com:99999/causeway', /can’t be read as an address/],
    ['postgres://a:b@db.example.com/causeway?sslmode=require', /sslmode=require.*verify-full/],
    ['postgres://a:b@db.example.com/causeway?sslmode=disable', /sslmode=disable.*this machine/],
    ['postgres://a:b@db.example.com/causeway?ssl=true', /option that the relay doesn’t know: ssl/],
    ['postgres://a:b@db.example.com/causeway?sslmode=disable&sslmode=verify-full', /names sslmode twice/],
    ['postgres://a:b@127.0.0.1/causeway?sslmode=disable&sslrootcert=ca.pem', /no TLS to use it for/],
    ['postgres://a:b@db.example.com/causeway?sslcert=ca.pem', /sslcert and sslkey together/],
    ['postgres://a:b@db.example.com/causeway?sslrootcert=missing.pem', /missing\.pem/],
    ['postgres://a:b@db.example.com/causeway?sslrootcert=no.pem', /no\.pem/],
    ['postgres://a:b@db.example.com/causeway?sslcert=ca.pem&sslkey=open.key', /open\.key.*chmod 600/],
    ['postgres://a:b@db.example.com/causeway?host=db.example.com', /folder of a Unix socket/],
    ['${env:NOWHERE}', /NOWHERE/],
  ])('%s', async (storage, words) => {
    const failure: unknown = await load(storage).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'bad-config' });
    expect(String(failure)).toMatch(words);
    expect(String(failure)).toMatch(/relay\.yaml:\d+:\d+ storage: /);
  });
});

describe('an address of storage', () => {
  it.each([
    ['${env:DATABASE}', { host: 'db.example.com', port: 6432, user: 'causeway', password: 'p@ss', tls: {} }],
    ['postgresql://a:b@db.example.com/causeway', { port: 5432, tls: {} }],
    ['postgres://a:b@127.0.0.1/causeway', { host: '127.0.0.1', tls: null }],
    ['postgres://a:b@[::1]:5433/causeway', { host: '::1', port: 5433, tls: null }],
    ['postgres://a@/causeway?host=/run/postgresql', { host: '/run/postgresql', password: undefined, tls: null }],
    ['postgres://127.0.0.1/causeway'.replace('//', '//a:b@') + '?sslmode=verify-full', { tls: {} }],
    [
      'postgres://a:b@db.example.com/causeway?sslrootcert=ca.pem',
      { tls: { ca: expect.stringContaining('BEGIN CERT') } },
    ],
    [
      'postgres://a:b@db.example.com/causeway?sslmode=verify-full&sslcert=ca.pem&sslkey=client.key',
      { tls: { cert: expect.stringContaining('BEGIN CERT'), key: expect.stringContaining('PRIVATE KEY') } },
    ],
  ])('%s', async (storage, settings) => {
    expect((await load(storage)).storage).toMatchObject({ database: 'causeway', ...settings });
  });

  it('is the SQLite of the data folder when left out', async () => {
    const loaded = await loadConfig(await folder.write('relay.yaml', minimalConfig()), { env });
    expect(loaded.storage).toBeUndefined();
  });
});
