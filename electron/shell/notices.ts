import { Notification } from 'electron';

/** A system notification: what happened and what to do, in a title and a line. */
export interface SystemNotice {
  readonly title: string;
  readonly body: string;
}

/**
 * Shows a system notification; a click runs `didClick`. Does nothing where the system has none. Never urgent and never with
 * a sound of its own: then quiet hours (Focus, Do not disturb) hold it back by themselves on all three systems.
 */
export function showNotice({ title, body }: SystemNotice, didClick: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body, silent: true, urgency: 'normal' });
  notification.on('click', didClick);
  notification.show();
}
