import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { peekHost } from '../../../client/listeners/peek-host.ts';
import { readAll, socketPairs } from './socket-pairs.ts';

const pairs = socketPairs();
beforeAll(() => pairs.open());
afterAll(() => pairs.close());

const long = `GET / HTTP/1.1\r\nX-Long: ${'a'.repeat(70_000)}\r\nHost: late.localhost\r\n\r\n`;

describe('the host of a connection’s first request', () => {
  test.each([
    ['in small letters', 'GET / HTTP/1.1\r\nHost: Orders.Acme.localhost:7100\r\n\r\n', 'orders.acme.localhost:7100'],
    [
      'among other fields',
      'POST /x HTTP/1.1\r\nA: b\r\nhOsT:\torders.localhost \r\n\r\nhost: body',
      'orders.localhost',
    ],
    ['before the head has ended', 'GET / HTTP/1.1\r\nHost: orders.localhost\r\nMore: ', 'orders.localhost'],
    ['with bare line feeds', 'GET / HTTP/1.1\nHost: orders.localhost\n\n', 'orders.localhost'],
    ['missing', 'GET / HTTP/1.0\r\n\r\nHost: of.the.body\r\n', null],
    ['only in another field’s value', 'GET / HTTP/1.1\r\nX: Host: a\r\n\r\n', null],
    ['too far behind', long, null],
    ['as long as a name can be', `GET / HTTP/1.1\r\nHost: ${'a'.repeat(299)}\r\n\r\n`, 'a'.repeat(299)],
    ['longer than any name', `GET / HTTP/1.1\r\nHost: ${'a'.repeat(300)}\r\n\r\n`, null],
    // What looks for an end in it again and again would hold up everything else.
    ['mostly spaces', `GET / HTTP/1.1\r\nHost: a${' '.repeat(60_000)}b\r\n\r\n`, null],
    ['after many that only begin like it', `GET / HTTP/1.1\r\n${'Host \r\n'.repeat(7_000)}Host: a\r\n\r\n`, 'a'],
  ])('%s', async (_name, sent, expected) => {
    const { caller, accepted } = await pairs.pair();
    const got = Promise.withResolvers<string | null>();
    peekHost(accepted, got.resolve);
    caller.end(sent);
    expect(await got.promise).toBe(expected);
    // Every byte is still there, once and in order.
    expect(await readAll(accepted)).toBe(sent);
  });

  test('is found however it is cut', async () => {
    const sent = 'GET / HTTP/1.1\r\nHost: orders.localhost\r\n\r\n';
    const { caller, accepted } = await pairs.pair();
    const got = Promise.withResolvers<string | null>();
    peekHost(accepted, got.resolve);
    for (const byte of sent) await new Promise((sentOut) => caller.write(byte, sentOut));
    expect(await got.promise).toBe('orders.localhost');
    caller.end();
    expect(await readAll(accepted)).toBe(sent);
  });

  test('a caller that ends before it has said one is let go', async () => {
    const { caller, accepted } = await pairs.pair();
    const closed = once(accepted, 'close');
    peekHost(accepted, () => expect.unreachable());
    caller.end('GET / HTTP/1.1\r\nHos');
    await closed;
  });
});
