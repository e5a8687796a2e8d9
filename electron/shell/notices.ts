import { Notification } from 'electron';

/** A system notification: what happened and what to do, in a title and a line. */
export interface SystemNotice {
  readonly title: string;
  readonly body: string;
  /** It can’t wait for the end of quiet hours, where the system lets it through. */
  readonly isUrgent?: boolean;
}

/**
 * Shows a system notification; a click runs `didClick`. Does nothing where the system has none. Never with a
 * sound of its own, and urgent only where somebody’s security hangs on it: else quiet hours (Focus, Do not disturb) hold it
 * back by themselves on all three systems.
 */
export function showNotice({ title, body, isUrgent = false }: SystemNotice, didClick: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body, silent: true, urgency: isUrgent ? 'critical' : 'normal' });
  notification.on('click', didClick);
  notification.show();
}
