import { mailChannel } from '../config/notify-problems.ts';
import { createMailChannel } from './mail-channel.ts';
import type { NoticeChannel } from './notice-channel.ts';
import type { NotifySettings } from './notify-settings.ts';
import { createWebhookChannel } from './webhook-channel.ts';

/** The ways to tell people that a config names. */
export function openChannels({ config, links, authorities }: NotifySettings): readonly NoticeChannel[] {
  const { webhooks = [], mail } = config.notify ?? {};
  const caOf = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : authorities.get(path);
  const hooks = webhooks.map(({ name, url, secrets, ca, timeout_seconds: seconds }) =>
    createWebhookChannel({ name, url, secrets, ca: caOf(ca), timeoutMs: seconds * 1000 }, links),
  );
  if (mail === undefined) return hooks;
  const { host, port, tls, ca, user, password, from, timeout_seconds: seconds } = mail;
  const auth = user === undefined || password === undefined ? undefined : { user, password };
  const settings = { name: mailChannel, host, port, tls, ca: caOf(ca), auth, from, timeoutMs: seconds * 1000 };
  return [...hooks, createMailChannel(settings, links)];
}
