/** Pictures that a relay or an API may have, by the names that Lucide gives them. */
export const lookIcons = [
  'activity',
  'banknote',
  'boxes',
  'briefcase',
  'building-2',
  'calendar',
  'chart-column',
  'cloud',
  'code',
  'cpu',
  'credit-card',
  'database',
  'factory',
  'file-text',
  'flask-conical',
  'globe',
  'headset',
  'heart-pulse',
  'key-round',
  'landmark',
  'mail',
  'map-pin',
  'message-square',
  'package',
  'rocket',
  'search',
  'server',
  'shield',
  'shopping-cart',
  'terminal',
  'truck',
  'users',
  'wallet',
  'warehouse',
  'wrench',
] as const;

/** Colours of tiles; each has enough contrast to the white of its picture. */
export const lookColors = ['blue', 'teal', 'purple', 'orange', 'green', 'pink', 'cyan', 'indigo'] as const;

/** What a relay or an API is for, from what matters most to what matters least. */
export const environments = ['production', 'staging', 'test', 'development'] as const;

export type LookIcon = (typeof lookIcons)[number];
export type LookColor = (typeof lookColors)[number];
export type Environment = (typeof environments)[number];

/** How a relay or an API is told from others at a glance; what its config doesn't name is left out. */
export interface Look {
  readonly icon?: LookIcon | undefined;
  readonly color?: LookColor | undefined;
  readonly environment?: Environment | undefined;
}
