import type { Translation } from '../make-texts.ts';
import type { managed as english } from '../en/managed.ts';

/** Settings that IT manages from outside. */
export const managed = {
  'managed.title': 'Von Ihrer Organisation verwaltet',
  'managed.intro': 'Die IT hat dies für diesen Computer festgelegt. Hier lässt es sich nicht ändern.',
  'managed.by.machine': 'Von Ihrer Organisation für diesen Computer festgelegt',
  'managed.by.user': 'Von Ihrer Organisation für Sie festgelegt',
  'managed.value.true': 'An',
  'managed.value.false': 'Aus',
  'managed.value.pair': '{name}: {value}',
  'managed.value.none': 'Nichts',
  'managed.locked': 'Ihre Organisation hat „{setting}“ festgelegt. Hier lässt es sich nicht ändern.',
  'managed.port': 'Ihre Organisation hat den Port von {api} festgelegt. Hier lässt er sich nicht ändern.',
  'managed.relay':
    'Ihre Organisation erlaubt {count, plural, =0 {kein Relay} one {nur das Relay {relays}} other {nur diese Relays: {relays}}}, und {relay} gehört nicht dazu.',
  'managed.support': 'Hilfe',
  'managed.support.text': 'Wen Sie laut Ihrer Organisation fragen können.',
  'managed.problems': 'Einstellungen Ihrer Organisation, die sich nicht verwenden lassen',
  'managed.problems.text': 'Alle anderen gelten. Zeigen Sie dies der IT.',
  'managed.problem.value': '{place}: „{at}“ lässt sich nicht verwenden. Erwartet wird {expected}.',
  'managed.problem.unknown-key': '{place}: Eine Einstellung „{key}“ gibt es nicht.',
  'managed.problem.nearest': '{place}: Eine Einstellung „{key}“ gibt es nicht. War „{nearest}“ gemeint?',
  'managed.problem.unreadable': '{place} lässt sich nicht lesen: {detail}',
  'managed.holds.earlier': 'Bis es sich verwenden lässt, gilt, was dort zuvor stand.',
  'managed.holds.strictest': 'Bis es sich verwenden lässt, gilt der strengste Wert.',
  'managed.holds.no-relay': 'Bis es sich verwenden lässt, wird mit keinem Relay verbunden.',
  'managed.unsafe.link':
    '{place} wird nicht verwendet: {path} ist ein Verweis. Es muss dem Administrator selbst gehören.',
  'managed.unsafe.owner':
    '{place} wird nicht verwendet: {path} gehört einem anderen Benutzer als dem Administrator (root).',
  'managed.unsafe.writable':
    '{place} wird nicht verwendet: Nicht nur der Administrator kann {path} ändern. Führen Sie aus: chmod go-w {path}',
  'managed.unsafe.not-a-file': '{place} wird nicht verwendet: {path} ist keine gewöhnliche Datei oder kein Ordner.',
  'managed.unsafe.too-large': '{place} wird nicht verwendet: {path} ist größer als 1 MiB.',
  'managed.expected.boolean': 'true oder false',
  'managed.expected.whole': 'eine ganze Zahl von {min} bis {max}',
  'managed.expected.choice': 'eines von {choices}',
  'managed.expected.text': 'ein Text wie {example}',
  'managed.expected.list': 'eine Liste wie {example}',
  'managed.expected.table': 'Werte mit Namen, etwa {example}',
  'managed.banner': 'Manche Einstellungen Ihrer Organisation lassen sich nicht verwenden',
  'managed.banner.text': 'Die anderen gelten. In den Einstellungen steht, welche es sind und was erwartet wird.',
  'managed.banner.look': 'Ansehen',
} as const satisfies Translation<typeof english>;
