import type { ManagedKey, ManagedValues } from '../../../../shared/managed/managed-keys.ts';

/** Two valid values of each key, and one that its type doesn’t take; the compiler demands every key. */
export const keySamples: {
  readonly [Key in ManagedKey]: {
    readonly valid: ManagedValues[Key];
    readonly other: ManagedValues[Key];
    readonly wrong: unknown;
  };
} = {
  relays: {
    valid: ['https://relay.example.com'],
    other: ['relay.example.org:8443'],
    wrong: ['http://relay.example.com'],
  },
  allowedRelaysOnly: { valid: false, other: true, wrong: 'yes' },
  lockedSettings: { valid: ['theme'], other: ['theme', 'language'], wrong: ['colour'] },
  ports: { valid: { orders: 7110 }, other: { orders: 7111, inventory: 7112 }, wrong: { orders: 80 } },
  gatewayPort: { valid: 7200, other: 7201, wrong: 80 },
  apisOnByDefault: { valid: ['orders'], other: ['inventory'], wrong: 'orders' },
  connectAtStart: { valid: false, other: true, wrong: 2 },
  startAtLogin: { valid: true, other: false, wrong: 'true' },
  keepRunningWhenClosed: { valid: false, other: true, wrong: ['no'] },
  notifications: { valid: false, other: true, wrong: 'off' },
  otherPrograms: { valid: 'refuse', other: 'allow', wrong: 'never' },
  proxy: { valid: 'http://proxy.example.com:3128', other: 'direct', wrong: 'ftp://proxy.example.com' },
  proxyExceptions: { valid: ['.example.com', '10.0.0.0/8'], other: ['localhost'], wrong: 7 },
  certificatePins: {
    valid: [`sha256/${'A'.repeat(43)}=`],
    other: [`sha256/${'B'.repeat(43)}=`],
    wrong: ['sha1/AAAA'],
  },
  deviceName: { valid: 'PC-4711', other: 'PC-4712', wrong: 4711 },
  deviceAttributes: { valid: { asset: 'PC-4711' }, other: { asset: 'PC-4712', managed: 'yes' }, wrong: { 'a b': 'c' } },
  updates: { valid: 'ask', other: 'off', wrong: 'sometimes' },
  updateFeed: {
    valid: 'https://updates.example.com/causeway/',
    other: 'https://updates.example.org/',
    wrong: 'http://updates.example.com/',
  },
  updateChannel: { valid: 'pilot', other: 'stable', wrong: '../stable' },
  signInEndNoticeMinutes: { valid: 90, other: 30, wrong: 0 },
  grantEndNoticeMinutes: { valid: 20, other: 10, wrong: 'ten' },
  logLevel: { valid: 'debug', other: 'error', wrong: 'loud' },
  signOutOnLock: { valid: true, other: false, wrong: 3 },
  externalBrowser: { valid: '/usr/bin/firefox', other: '/usr/bin/chromium', wrong: 'bin/firefox' },
  supportContact: { valid: 'it-help@example.com', other: 'Zimmer 7 – bitte klopfen', wrong: 5 },
  telemetry: { valid: 'none', other: 'none', wrong: 'all' },
};
