import { hash } from 'node:crypto';
import type { Transporter } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import type { NoticeChannel, NoticeDelivery } from './notice-channel.ts';
import type { DueNotice } from './notice-outbox.ts';
import { type NoticeLinks, noticeText } from './notice-text.ts';

export interface MailChannelSettings {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: 'starttls' | 'implicit' | 'none';
  readonly ca: string | undefined;
  readonly auth: { readonly user: string; readonly password: string } | undefined;
  readonly from: { readonly name: string; readonly address: string };
  readonly timeoutMs: number;
}

type Mailer = Transporter<SMTPTransport.SentMessageInfo, SMTPTransport.Options>;

/** Mails each message to its one recipient (SMTP, RFC 5321), over verified TLS unless the server is on this computer. */
export function createMailChannel(settings: MailChannelSettings, links: NoticeLinks): NoticeChannel {
  const { name, host, port, tls, ca, auth, from, timeoutMs } = settings;
  const open = async (): Promise<Mailer> =>
    // Only where it is needed: few relays send mails, and those few of them.
    (await import('nodemailer')).createTransport({
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
      ...(auth === undefined ? {} : { auth: { user: auth.user, pass: auth.password } }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  let opened: Promise<Mailer> | null = null;
  const domain = from.address.split('@')[1] ?? 'localhost';
  return {
    name,
    async send(notice) {
      const { subject, text, html } = noticeText(notice, links);
      // A server that says a word now and then would never be silent for long enough.
      const patience = Promise.withResolvers<never>();
      const timer = setTimeout(() => patience.reject(new Error(lateWords(timeoutMs))), timeoutMs * 2);
      try {
        const transport = await (opened ??= open());
        const sending = transport.sendMail({
          from,
          to: { name: '', address: notice.recipient },
          subject,
          text,
          html,
          date: new Date(notice.record.timeMs),
          messageId: `<${hash('sha256', notice.id, 'hex').slice(0, 32)}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
        await Promise.race([sending, patience.promise]);
        return { status: 'delivered' };
      } catch (error) {
        return judge(error, notice);
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      (await opened)?.close();
    },
  };
}

function lateWords(timeoutMs: number): string {
  return `the mail server wasn’t done within ${(timeoutMs * 2) / 1000} s`;
}

/** What nodemailer says of a failure: where in the conversation, and the server’s answer. */
interface SmtpFailure extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

/** 5xx to the recipient or the content is final, 4xx (greylisting) is of this message; all else is of the server. */
function judge(error: unknown, { recipient }: DueNotice): NoticeDelivery {
  const failure: SmtpFailure = error instanceof Error ? error : new Error(String(error));
  const { code = '', command = '', responseCode = 0, message } = failure;
  // Only ids are kept of messages that are over; the words of a server often repeat the address.
  const reason = message.replaceAll(recipient, 'the recipient').slice(0, 500);
  // What is said before the recipient is named is of the server, such as that a sign-in is needed (RFC 4954 §6).
  const isOfMessage = (code === 'EENVELOPE' && command === 'RCPT TO') || code === 'EMESSAGE';
  if (isOfMessage && responseCode >= 500) return { status: 'refused', reason };
  // 421 ends the whole conversation (RFC 5321 §3.8).
  return { status: 'later', reason, isChannel: !isOfMessage || responseCode === 421 };
}
