import type { NotifyConfig } from './notify-schema.ts';

interface Read {
  /** Reads a file with authorities, once. */
  readonly authority: (path: string | undefined, place: readonly PropertyKey[]) => Promise<void>;
  /** Fills a placeholder in; what is wrong with it is reported. */
  readonly secret: (place: readonly PropertyKey[], value: string, isWebhook: boolean) => Promise<string>;
}

/** Makes the paths of the section absolute. */
export function resolveNotifyPaths(notify: NotifyConfig, absolute: (path: string) => string): NotifyConfig {
  const withCa = <Part extends { ca?: string | undefined }>(part: Part): Part =>
    part.ca === undefined ? part : { ...part, ca: absolute(part.ca) };
  return {
    ...notify,
    webhooks: notify.webhooks.map(withCa),
    ...(notify.mail === undefined ? {} : { mail: withCa(notify.mail) }),
  };
}

/** The section with its secrets filled in. */
export async function readNotifySecrets(notify: NotifyConfig, read: Read): Promise<NotifyConfig> {
  const webhooks: NotifyConfig['webhooks'] = [];
  for (const [index, webhook] of notify.webhooks.entries()) {
    const place = ['notify', 'webhooks', index];
    await read.authority(webhook.ca, [...place, 'ca']);
    const secrets: string[] = [];
    for (const [at, secret] of webhook.secrets.entries())
      secrets.push(await read.secret([...place, 'secrets', at], secret, true));
    webhooks.push({ ...webhook, secrets });
  }
  const { mail } = notify;
  if (mail === undefined) return { ...notify, webhooks };
  await read.authority(mail.ca, ['notify', 'mail', 'ca']);
  if (mail.password === undefined) return { ...notify, webhooks };
  const password = await read.secret(['notify', 'mail', 'password'], mail.password, false);
  return { ...notify, webhooks, mail: { ...mail, password } };
}
