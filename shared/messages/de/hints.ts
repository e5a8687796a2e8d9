import type { Translation } from '../make-texts.ts';
import type { hints as english } from '../en/hints.ts';

/** What somebody is told after the first sign-in. */
export const hints = {
  'hints.label': 'Hinweise für den Anfang',
  'hints.step': '{step, number} von {steps, number}:',
  'hints.switch': 'Schalten Sie eine API am Ende ihrer Zeile ein. Sie hat dann eine Adresse auf diesem Computer.',
  'hints.copy': 'Nehmen Sie die Adresse aus der Zeile oder von der Seite der API, mit dem Knopf daneben.',
  'hints.go':
    'Verwenden Sie sie in Browser, Editor oder Terminal, als liefe die API hier. Was Sie gesendet haben, steht links in der Liste.',
  'hints.done': 'Verstanden',
  'hints.none': 'Keine Hinweise mehr',
} as const satisfies Translation<typeof english>;
