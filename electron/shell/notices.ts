import { Notification } from 'electron';
import type { Notice } from '../attention.ts';

/** Shows a system notification; a click runs `didClick`. Does nothing where the system has none. */
export function showNotice(notice: Notice, didClick: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title: notice.title, body: notice.body });
  notification.on('click', didClick);
  notification.show();
}
