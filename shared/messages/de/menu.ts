import type { Translation } from '../make-texts.ts';
import type { menu as english } from '../en/menu.ts';

/** The application’s menu. */
export const menu = {
  'menu.settings.mac': 'Einstellungen…',
  'menu.settings': 'Einstellungen',
  'menu.quit.mac': 'Causeway beenden',
  'menu.quit': 'Beenden',
  'menu.sign-in': 'Bei einem Relay anmelden…',
  'menu.search': 'Suchen',
  'menu.file': '&Datei',
  'menu.edit': '&Bearbeiten',
  'menu.view': '&Ansicht',
  'menu.window': '&Fenster',
  'menu.about': 'Über Causeway',
  'menu.hide': 'Causeway ausblenden',
  'menu.hideOthers': 'Andere ausblenden',
  'menu.unhide': 'Alle einblenden',
  'menu.zoom': 'Zoomen',
  'menu.close': 'Fenster schließen',
  'menu.undo': 'Rückgängig',
  'menu.redo': 'Wiederholen',
  'menu.cut': 'Ausschneiden',
  'menu.copy': 'Kopieren',
  'menu.paste': 'Einfügen',
  'menu.selectAll': 'Alles auswählen',
  'menu.resetZoom': 'Originalgröße',
  'menu.zoomIn': 'Vergrößern',
  'menu.zoomOut': 'Verkleinern',
  'menu.togglefullscreen': 'Vollbild',
  'menu.minimize': 'Minimieren',
  'menu.developer-tools': 'Entwicklertools',
} as const satisfies Translation<typeof english>;
