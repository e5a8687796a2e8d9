import { z } from 'zod';
import { apiIdSchema } from '../catalog.ts';
import { deviceAttributesSchema } from '../device-attributes.ts';
import { relayOriginOf } from '../relay-origin.ts';
import { browserPattern } from './browser-program.ts';
import { choice, type KeyDescription, line, list, table, whole, yesNo } from './key-forms.ts';

/** The settings of the app that a person could change, and that IT can take away from them. */
export const lockableSettings = [
  'theme',
  'language',
  'keepRunningWhenClosed',
  'startAtLogin',
  'notifications',
  'gatewayPort',
  'otherPrograms',
] as const;

const port = z.int().min(1024).max(65535);
const relayAddress = z
  .string()
  .max(2048)
  .refine((written) => relayOriginOf(written) !== null);
/** A pin as RFC 7469 §2.1.1 writes it: the SHA-256 of a certificate’s key (SPKI) in base64. */
const pin = z.string().regex(/^sha256\/[A-Za-z0-9+/]{43}=$/);
/** `http`, `https` and SOCKS proxies only; the words say what the system’s settings, or none, would. */
const proxyWord = z
  .string()
  .overwrite((written) => (/^(?:system|direct)$/i.test(written) ? written.toLowerCase() : written))
  .regex(/^(?:system|direct|(?:https?|socks(?:4a?|5h?)?):\/\/[^\s/@]+\/?)$/i);

const none = { en: 'none', de: 'nichts' };

/**
 * Everything that IT can set from outside, once: types, defaults, words and where each takes effect. The templates for
 * Windows, macOS and MDM systems, the JSON Schema and the docs’ table are made from this.
 */
export const managedKeys = {
  relays: list(relayAddress, ['https://relay.example.com'], {
    fallback: none,
    applies: ['app', 'cli'],
    title: { en: 'Relays', de: 'Relays' },
    text: {
      en: 'Addresses of the company’s relays. The first is filled in for the first sign-in, and “causeway login” uses it.',
      de: 'Adressen der Relays der Firma. Die erste ist bei der ersten Anmeldung eingetragen, und „causeway login“ verwendet sie.',
    },
  }),
  allowedRelaysOnly: yesNo({
    fallback: { en: 'off', de: 'aus' },
    applies: ['app', 'cli'],
    title: { en: 'Only these relays', de: 'Nur diese Relays' },
    text: {
      en: 'Nobody can sign in at another relay than those of “relays”. A sign-in at another one is ended.',
      de: 'Niemand kann sich an einem anderen Relay als denen unter „relays“ anmelden. Eine Anmeldung an einem anderen wird beendet.',
    },
  }),
  lockedSettings: list(z.enum(lockableSettings), ['theme', 'otherPrograms'], {
    fallback: none,
    applies: ['app', 'cli'],
    title: { en: 'Locked settings', de: 'Gesperrte Einstellungen' },
    text: {
      en: 'Settings that people can’t change. One that no other key sets has its default.',
      de: 'Einstellungen, die niemand ändern kann. Setzt sie kein anderer Schlüssel, gilt ihr Standard.',
    },
  }),
  ports: table(
    z.record(apiIdSchema, port),
    'whole',
    { orders: 7110 },
    {
      fallback: none,
      applies: ['app', 'cli'],
      title: { en: 'Ports of APIs', de: 'Ports der APIs' },
      text: {
        en: 'The local port of each API that is named. Nobody can change it.',
        de: 'Der lokale Port jeder genannten API. Niemand kann ihn ändern.',
      },
    },
  ),
  gatewayPort: whole(1024, 65535, {
    fallback: { en: 'as the person chose; 7100', de: 'wie von der Person gewählt; 7100' },
    applies: ['app', 'cli'],
    title: { en: 'Port for addresses by name', de: 'Port für Adressen mit Namen' },
    text: {
      en: 'The local port that all APIs share for addresses such as http://orders.localhost:7100.',
      de: 'Der lokale Port, den sich alle APIs für Adressen wie http://orders.localhost:7100 teilen.',
    },
  }),
  apisOnByDefault: list(apiIdSchema, ['orders', 'inventory'], {
    fallback: none,
    applies: ['app', 'cli'],
    title: { en: 'APIs that are on by default', de: 'APIs, die von Anfang an an sind' },
    text: {
      en: 'APIs that are switched on once, after a sign-in. Whoever switches one off has it off. “causeway connect” without names uses these.',
      de: 'APIs, die nach einer Anmeldung einmal eingeschaltet werden. Wer eine ausschaltet, hat sie aus. „causeway connect“ ohne Namen nimmt diese.',
    },
  }),
  connectAtStart: yesNo({
    fallback: { en: 'on', de: 'an' },
    applies: ['app'],
    title: { en: 'Connect at start', de: 'Beim Start verbinden' },
    text: {
      en: 'Whether the APIs that were on come back when the app starts. Off: the app starts with all of them off.',
      de: 'Ob die APIs, die an waren, beim Start der App wieder da sind. Aus: Die App startet mit allen ausgeschaltet.',
    },
  }),
  startAtLogin: yesNo({
    fallback: { en: 'as the person chose; off', de: 'wie von der Person gewählt; aus' },
    applies: ['app'],
    title: { en: 'Start at login', de: 'Beim Anmelden starten' },
    text: {
      en: 'Whether the app starts when the person signs in to the computer.',
      de: 'Ob die App startet, wenn sich die Person am Computer anmeldet.',
    },
  }),
  keepRunningWhenClosed: yesNo({
    fallback: { en: 'as the person chose; on', de: 'wie von der Person gewählt; an' },
    applies: ['app'],
    title: { en: 'Keep running when closed', de: 'Nach dem Schließen weiterlaufen' },
    text: {
      en: 'Whether closing the window keeps the connections.',
      de: 'Ob die Verbindungen bestehen bleiben, wenn das Fenster geschlossen wird.',
    },
  }),
  notifications: yesNo({
    fallback: { en: 'as the person chose; on', de: 'wie von der Person gewählt; an' },
    applies: ['app'],
    title: { en: 'Notifications', de: 'Mitteilungen' },
    text: {
      en: 'Whether the app shows the system’s notifications when the person is needed.',
      de: 'Ob die App Mitteilungen des Systems zeigt, wenn die Person gebraucht wird.',
    },
  }),
  otherPrograms: choice(['ask', 'allow', 'refuse'], {
    fallback: { en: 'as the person chose; ask', de: 'wie von der Person gewählt; ask' },
    applies: ['app'],
    title: { en: 'Command line and other programs', de: 'Befehlszeile und andere Programme' },
    text: {
      en: 'Whether causeway and other programs of the person may use the running app.',
      de: 'Ob causeway und andere Programme der Person die laufende App benutzen dürfen.',
    },
  }),
  proxy: line(proxyWord, 'http://proxy.example.com:3128', {
    fallback: { en: 'HTTPS_PROXY and its like, else system', de: 'HTTPS_PROXY und Ähnliche, sonst system' },
    applies: ['app', 'cli'],
    title: { en: 'Proxy', de: 'Proxy' },
    text: {
      en: 'The proxy on the way to relays and sign-in services: its address (http, https, socks5 or socks4) without user and password, “system” for the computer’s settings, or “direct” for none.',
      de: 'Der Proxy auf dem Weg zu Relays und Anmeldediensten: seine Adresse (http, https, socks5 oder socks4) ohne Benutzer und Kennwort, „system“ für die Einstellungen des Computers oder „direct“ für keinen.',
    },
  }),
  proxyExceptions: list(z.string().min(1).max(300), ['.example.com', '10.0.0.0/8'], {
    fallback: none,
    applies: ['app', 'cli'],
    title: { en: 'Addresses without the proxy', de: 'Adressen ohne Proxy' },
    text: {
      en: 'Names, addresses and ranges that “proxy” isn’t for, as in NO_PROXY. Counts together with the address of a proxy only.',
      de: 'Namen, Adressen und Bereiche, für die „proxy“ nicht gilt, wie in NO_PROXY. Zählt nur zusammen mit der Adresse eines Proxys.',
    },
  }),
  certificatePins: list(pin, ['sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='], {
    fallback: none,
    applies: ['app', 'cli'],
    title: { en: 'Certificate pins', de: 'Zertifikat-Pins' },
    text: {
      en: 'Keys of which one has to be in the certificate chain of every relay, besides the usual checks: the SHA-256 of its SPKI (RFC 7469).',
      de: 'Schlüssel, von denen einer in der Zertifikatskette jedes Relays sein muss, neben den üblichen Prüfungen: der SHA-256 seiner SPKI (RFC 7469).',
    },
  }),
  deviceName: line(z.string().max(100), 'PC-4711', {
    fallback: { en: 'CAUSEWAY_DEVICE_NAME, else the host name', de: 'CAUSEWAY_DEVICE_NAME, sonst der Rechnername' },
    applies: ['app', 'cli'],
    title: { en: 'Name of this computer', de: 'Name dieses Computers' },
    text: {
      en: 'What this computer is called under Sessions, in rules and in the audit log.',
      de: 'Wie dieser Computer unter Sitzungen, in Regeln und im Audit-Protokoll heißt.',
    },
  }),
  deviceAttributes: table(
    deviceAttributesSchema,
    'text',
    { asset: 'PC-4711', managed: 'yes' },
    {
      fallback: none,
      applies: ['app', 'cli'],
      title: { en: 'Facts of this computer', de: 'Merkmale dieses Computers' },
      text: {
        en: 'At most 20 facts that rules of the relay can ask for (device attributes). They aren’t proof: whoever has a token could claim them.',
        de: 'Höchstens 20 Merkmale, nach denen Regeln des Relays fragen können (device attributes). Sie sind kein Beweis: Wer ein Token hat, könnte sie behaupten.',
      },
    },
  ),
  updates: choice(['automatic', 'ask', 'off'], {
    fallback: { en: 'CAUSEWAY_UPDATES, else automatic', de: 'CAUSEWAY_UPDATES, sonst automatic' },
    applies: ['app'],
    title: { en: 'Updates', de: 'Updates' },
    text: {
      en: 'Whether the app installs updates by itself when nothing is in use (automatic), when the person says so (ask), or never (off).',
      de: 'Ob die App Updates von selbst installiert, wenn nichts in Gebrauch ist (automatic), wenn die Person es sagt (ask) oder nie (off).',
    },
  }),
  updateFeed: line(
    z.string().refine((address) => URL.canParse(address) && new URL(address).protocol === 'https:'),
    'https://updates.example.com/causeway/',
    {
      fallback: { en: 'CAUSEWAY_UPDATE_FEED, else the build’s', de: 'CAUSEWAY_UPDATE_FEED, sonst der des Builds' },
      applies: ['app'],
      title: { en: 'Feed of updates', de: 'Update-Feed' },
      text: {
        en: 'Where updates come from. Only what the keys of the build have signed is taken.',
        de: 'Woher Updates kommen. Genommen wird nur, was die Schlüssel des Builds signiert haben.',
      },
    },
  ),
  updateChannel: line(z.string().regex(/^[a-z][a-z\d-]{0,30}$/), 'stable', {
    fallback: { en: 'CAUSEWAY_UPDATE_CHANNEL, else stable', de: 'CAUSEWAY_UPDATE_CHANNEL, sonst stable' },
    applies: ['app'],
    title: { en: 'Channel of updates', de: 'Update-Kanal' },
    text: {
      en: 'Which of the feed’s channels this computer follows, for example pilot.',
      de: 'Welchem Kanal des Feeds dieser Computer folgt, etwa pilot.',
    },
  }),
  signInEndNoticeMinutes: whole(1, 10_080, {
    fallback: { en: 'as the relay says', de: 'wie vom Relay vorgegeben' },
    applies: ['app'],
    title: { en: 'Notice before a sign-in ends', de: 'Hinweis vor dem Ende einer Anmeldung' },
    text: {
      en: 'How many minutes before the end of a sign-in the person is told.',
      de: 'Wie viele Minuten vor dem Ende einer Anmeldung die Person darauf hingewiesen wird.',
    },
  }),
  grantEndNoticeMinutes: whole(1, 10_080, {
    fallback: { en: 'a quarter of its time, at most 30', de: 'ein Viertel seiner Dauer, höchstens 30' },
    applies: ['app'],
    title: { en: 'Notice before a grant ends', de: 'Hinweis vor dem Ende einer Freigabe' },
    text: {
      en: 'How many minutes before the end of a grant the person is told; at most half of its time.',
      de: 'Wie viele Minuten vor dem Ende einer Freigabe die Person darauf hingewiesen wird; höchstens die Hälfte ihrer Dauer.',
    },
  }),
  logLevel: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
    fallback: { en: 'CAUSEWAY_LOG_LEVEL, else warn', de: 'CAUSEWAY_LOG_LEVEL, sonst warn' },
    applies: ['app'],
    title: { en: 'Log level', de: 'Protokollstufe' },
    text: {
      en: 'What the app writes to its log, from this level up.',
      de: 'Was die App in ihr Protokoll schreibt, ab dieser Stufe.',
    },
  }),
  signOutOnLock: yesNo({
    fallback: { en: 'off', de: 'aus' },
    applies: ['app'],
    title: { en: 'Sign out when the screen is locked', de: 'Beim Sperren des Bildschirms abmelden' },
    text: {
      en: 'Ends all sign-ins when the screen is locked (Windows and macOS; Linux desktops don’t tell programs).',
      de: 'Beendet alle Anmeldungen, wenn der Bildschirm gesperrt wird (Windows und macOS; Linux-Desktops sagen es Programmen nicht).',
    },
  }),
  externalBrowser: line(z.string().regex(browserPattern), '/usr/bin/firefox', {
    fallback: { en: 'the system’s', de: 'der des Systems' },
    applies: ['app', 'cli'],
    title: { en: 'Browser', de: 'Browser' },
    text: {
      en: 'The program that opens sign-in pages: its full path, on macOS the name of the app, too.',
      de: 'Das Programm, das Anmeldeseiten öffnet: sein voller Pfad, unter macOS auch der Name der App.',
    },
  }),
  supportContact: line(z.string().max(300), 'it-help@example.com', {
    fallback: none,
    applies: ['app', 'cli'],
    title: { en: 'Whom to ask for help', de: 'Wer hilft' },
    text: {
      en: 'Address, number or page of those who help, as Settings and “causeway doctor” show it.',
      de: 'Adresse, Nummer oder Seite derer, die helfen, wie Einstellungen und „causeway doctor“ sie zeigen.',
    },
  }),
  telemetry: choice(['none'], {
    fallback: { en: 'none', de: 'none' },
    applies: ['app', 'cli'],
    title: { en: 'Telemetry', de: 'Telemetrie' },
    text: {
      en: 'There is none, so “none” is the only value. For lists of settings that ask for it.',
      de: 'Es gibt keine; „none“ ist der einzige Wert. Für Listen von Einstellungen, die danach fragen.',
    },
  }),
} as const satisfies Readonly<Record<string, KeyDescription>>;

/** Name of a key, as IT writes it. */
export type ManagedKey = keyof typeof managedKeys;

/** What each key’s value is. */
export type ManagedValues = { readonly [Key in ManagedKey]: z.infer<(typeof managedKeys)[Key]['schema']> };

/** All keys, in the order in which they are shown. */
export const managedKeyNames = Object.keys(managedKeys) as readonly ManagedKey[];

/** Whether there is a key of exactly this name. */
export function isManagedKey(name: string): name is ManagedKey {
  return Object.hasOwn(managedKeys, name);
}
