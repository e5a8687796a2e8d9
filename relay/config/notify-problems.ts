import { isLoopbackHost } from '../../shared/loopback-host.ts';
import { reportDuplicates } from './duplicates.ts';
import type { NotifyConfig } from './notify-schema.ts';
import type { Report } from './yaml-source.ts';

type Chosen = Pick<NotifyConfig['webhooks'][number], 'apis'>;

/** What the schema can’t see of `notify`: plain connections, open secrets, unknown APIs, half a sign-in. */
export function checkNotify(
  notify: NotifyConfig | undefined,
  knownApis: ReadonlySet<string> | undefined,
  report: Report,
): void {
  if (notify === undefined) return;
  const { webhooks, mail } = notify;
  reportDuplicates(
    webhooks,
    (webhook) => webhook.name,
    (index) => ['notify', 'webhooks', index, 'name'],
    'webhook name',
    report,
  );
  const checkApis = ({ apis = [] }: Chosen, place: readonly PropertyKey[]): void => {
    for (const [index, api] of apis.entries())
      if (knownApis?.has(api) === false)
        report([...place, 'apis', index], `names an API that isn’t under “apis”: ${api}.`);
  };
  for (const [index, webhook] of webhooks.entries()) {
    const place = ['notify', 'webhooks', index];
    checkApis(webhook, place);
    if (webhook.name === mailChannel) report([...place, 'name'], 'is what mails are called. Choose another name.');
    const { protocol, hostname, username, password, hash } = new URL(webhook.url);
    if (username + password + hash !== '') report([...place, 'url'], 'must hold no user name, password or “#”.');
    if (protocol === 'http:' && !isLoopbackHost(hostname))
      report(
        [...place, 'url'],
        'must begin with https://, because names travel there. http:// works only for 127.0.0.1, [::1] and localhost.',
      );
    for (const [at, secret] of webhook.secrets.entries())
      if (!isPlaceholder(secret)) report([...place, 'secrets', at], inTheClear);
  }
  if (mail === undefined) {
    if (webhooks.length === 0) report(['notify'], 'tells nobody. Name webhooks or mail, or remove it.');
    return;
  }
  for (const [index, entry] of mail.to.entries()) checkApis(entry, ['notify', 'mail', 'to', index]);
  if (mail.to.length === 0 && mail.requester_domains.length === 0)
    report(['notify', 'mail'], 'writes to nobody. Name addresses under “to”, or “requester_domains”.');
  if (mail.tls === 'none' && !isLoopbackHost(mail.host))
    report(
      ['notify', 'mail', 'tls'],
      'must be starttls or implicit: names and a password travel there. none works only for 127.0.0.1, ::1 and localhost.',
    );
  if ((mail.user === undefined) !== (mail.password === undefined))
    report(['notify', 'mail', mail.user === undefined ? 'password' : 'user'], 'needs “user” and “password” together.');
  if (mail.password !== undefined && !isPlaceholder(mail.password)) report(['notify', 'mail', 'password'], inTheClear);
}

/** What mails are called among the channels. */
export const mailChannel = 'mail';

const inTheClear = 'must not stand here in the clear; write ${env:NAME} or ${file:PATH}.';

function isPlaceholder(text: string): boolean {
  return /^\$\{(?:env|file|credential):[^}]+\}$/.test(text);
}
