import type { Socket } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMailChannel, type MailChannelSettings } from '../../../relay/notify/mail-channel.ts';
import type { NoticeDelivery } from '../../../relay/notify/notice-channel.ts';
import { accessRecord, dueNotice } from './notices.ts';
import { mailCertificates, type MailScript, smtpError, startMailServer, startRawServer } from './start-mail-server.ts';

let pem: { cert: string; key: string; ca: string };
let other: { ca: string };
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  [pem, other] = await Promise.all([mailCertificates(), mailCertificates()]);
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const links = { consoleUrl: null, relayName: 'Acme' };
const auth = { user: 'relay', password: 'letters' };

async function send(port: number, given: Partial<MailChannelSettings>, notice = dueNotice()): Promise<NoticeDelivery> {
  const channel = createMailChannel(
    {
      name: 'mail',
      host: '127.0.0.1',
      port,
      tls: 'starttls',
      ca: pem.ca,
      auth,
      from: { name: 'Acme, “Causeway”', address: 'relay@acme.example' },
      timeoutMs: 2000,
      ...given,
    },
    links,
  );
  closers.push(() => channel.close());
  return channel.send(notice);
}

async function server(options: SMTPServerOptions = {}, script: MailScript = {}) {
  const started = await startMailServer({ cert: pem.cert, key: pem.key, ...options }, script);
  closers.push(() => started.close());
  return started;
}

describe('a mail', () => {
  it.each<[string, SMTPServerOptions, Partial<MailChannelSettings>]>([
    ['over STARTTLS with a sign-in', {}, {}],
    ['over TLS from the start', { secure: true }, { tls: 'implicit' }],
    [
      'without TLS and without a sign-in on this computer',
      { disabledCommands: ['STARTTLS', 'AUTH'] },
      { tls: 'none', auth: undefined },
    ],
  ])('is delivered %s', async (_, options, settings) => {
    const { port, mails } = await server(options);
    expect(await send(port, settings)).toEqual({ status: 'delivered' });
    expect(mails).toMatchObject([
      {
        from: 'relay@acme.example',
        to: ['bob@acme.example'],
        isSecure: settings.tls !== 'none',
        ...(settings.auth === undefined && 'auth' in settings ? {} : { user: 'relay' }),
      },
    ]);
    expect(mails[0]?.source).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(mails[0]?.source).toContain('text/plain');
    expect(mails[0]?.source).toContain('text/html');
  });

  it('bears the same Message-ID however often it is sent', async () => {
    const { port, mails } = await server();
    await send(port, {});
    await send(port, {});
    const ids = mails.map(({ source }) => /^Message-ID: (.*)\r$/im.exec(source)?.[1]);
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@acme\.example>$/);
    expect(ids[1]).toBe(ids[0]);
  });

  it('takes no header from names', async () => {
    const { port, mails } = await server();
    const name = 'eve\r\nBcc: all@acme.example\r\n\r\nHello';
    const record = accessRecord({
      requester: { issuer: 'i', subject: 's', username: name },
      role: name,
      note: `.\r\n${name}`,
    });
    expect(await send(port, {}, dueNotice({ record }))).toEqual({ status: 'delivered' });
    const [head = ''] = (mails[0]?.source ?? '').split('\r\n\r\n');
    expect(head).not.toMatch(/^Bcc/im);
    expect(head.match(/^Subject:/gim)).toHaveLength(1);
    expect(mails[0]?.to).toEqual(['bob@acme.example']);
  });

  const trouble: readonly (readonly [string, SMTPServerOptions, Partial<MailChannelSettings>, MailScript, object])[] = [
    ['the certificate is of another authority', {}, { ca: undefined }, {}, { status: 'later', isChannel: true }],
    [
      'the server offers no STARTTLS',
      { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] },
      {},
      {},
      { status: 'later', isChannel: true },
    ],
    [
      'the password is wrong',
      {},
      { auth: { user: 'relay', password: 'wrong' } },
      {},
      { status: 'later', isChannel: true },
    ],
    [
      'the sign-in is demanded and there is none',
      { authOptional: false },
      { auth: undefined },
      {},
      { status: 'later' },
    ],
    [
      'the recipient is unknown',
      {},
      {},
      { onRecipient: () => smtpError(550, 'bob@acme.example is unknown') },
      { status: 'refused', reason: expect.stringContaining('the recipient is unknown') as string },
    ],
    [
      'the recipient is greylisted',
      {},
      {},
      { onRecipient: () => smtpError(450, 'try later') },
      { status: 'later', isChannel: false },
    ],
    [
      'the server is about to close',
      {},
      {},
      { onRecipient: () => smtpError(421, 'closing') },
      { status: 'later', isChannel: true },
    ],
    ['the content is refused', {}, {}, { onContent: () => smtpError(554, 'spam') }, { status: 'refused' }],
    [
      'the content is refused for now',
      {},
      {},
      { onContent: () => smtpError(452, 'full') },
      { status: 'later', isChannel: false },
    ],
  ];
  it.each(trouble)('isn’t delivered when %s', async (_, options, settings, script, expected) => {
    const { port, mails } = await server(options, script);
    expect(await send(port, settings)).toMatchObject(expected);
    expect(mails).toEqual([]);
  });

  it('isn’t sent to a server whose certificate is of another authority, not even the password', async () => {
    const { port } = await server();
    expect(await send(port, { ca: other.ca })).toMatchObject({ status: 'later', isChannel: true });
  });

  const talks: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['says nothing', () => undefined],
    ['hangs up at once', (socket) => socket.destroy()],
    ['speaks something else', (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    [
      'talks without end',
      (socket) => {
        const timer = setInterval(() => socket.write('220-wait\r\n'), 100);
        socket.once('close', () => clearInterval(timer));
      },
    ],
    ['stalls in the middle of the content', (socket) => converse(socket, () => undefined)],
    ['cuts in the middle of the content', (socket) => converse(socket, () => socket.destroy())],
  ];
  it.each(talks)('waits when the server %s', async (_, talk) => {
    const raw = await startRawServer(talk);
    closers.push(() => raw.close());
    const delivery = await send(raw.port, { tls: 'none', auth: undefined, timeoutMs: 500 });
    expect(delivery).toMatchObject({ status: 'later', isChannel: true });
  });

  it('waits when there is no server', async () => {
    const raw = await startRawServer(() => undefined);
    await raw.close();
    expect(await send(raw.port, {})).toMatchObject({ status: 'later', isChannel: true });
  });
});

/** Agrees to everything up to the first bytes of the content. */
function converse(socket: Socket, onContent: () => void): void {
  socket.write('220 mail.example\r\n');
  let isContent = false;
  socket.on('data', (bytes) => {
    if (isContent) {
      onContent();
      return;
    }
    for (const line of bytes
      .toString()
      .split('\r\n')
      .filter((each) => each !== '')) {
      isContent ||= line === 'DATA';
      socket.write(line === 'DATA' ? '354 go on\r\n' : '250 mail.example\r\n');
    }
  });
}
