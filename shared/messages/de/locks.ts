import type { Translation } from '../make-texts.ts';
import type { locks as english } from '../en/locks.ts';

/** What IT has locked. */
export const locks = {
  'locks.no-reason': 'Die IT nennt hier keinen Grund.',
  'locks.until-taken-away':
    'Bis die IT die Sperre aufhebt. So lange werden Anfragen abgelehnt; danach geht es von selbst weiter.',
  'locks.ends': 'Endet {time} ({at}). So lange werden Anfragen abgelehnt; danach geht es von selbst weiter.',
  'locks.message': '{api} ({id}) ist für mich in Causeway gesperrt: „{lock}“. Wann kann ich sie wieder nutzen?',
  'locks.message-reason':
    '{api} ({id}) ist für mich in Causeway gesperrt: „{lock}“. Genannter Grund: {reason} Wann kann ich sie wieder nutzen?',
  'locks.everybody': 'Von der IT für alle gesperrt',
  'locks.a-group': 'Von der IT für eine Ihrer Gruppen gesperrt',
  'locks.group': 'Von der IT für die Gruppe {group} gesperrt',
  'locks.person': 'Von der IT für Sie gesperrt',
  'locks.device': 'Von der IT auf diesem Gerät gesperrt',
  'locks.network': 'Von der IT für das Netz gesperrt, in dem Sie sind',
  'locks.session': 'Von der IT für diese Anmeldung gesperrt',
  'locks.line': '{lock}: {reason}',
  'locks.until-open': 'bis die IT die Sperre aufhebt',
  'locks.until': 'bis {time}',
  'locks.locked': 'Gesperrt',
  'locks.banner': '{reason}, {until}.',
} as const satisfies Translation<typeof english>;
