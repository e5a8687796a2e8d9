import type { Translation } from '../make-texts.ts';
import type { updates as english } from '../en/updates.ts';

/** Updates of the app: Settings, banner, tray, notification and the command line. */
export const updates = {
  'updates.title': 'Updates',
  'updates.version': 'Causeway {version}',
  'updates.channel': 'Kanal {channel}. {line}',
  'updates.checked': 'Zuletzt nachgesehen {time}.',
  'updates.whats-new': 'Neu in {version}',
  'updates.progress': 'Download von {version}',
  'updates.received': '{received} von {size}',
  'updates.check': 'Nach Updates suchen',
  'updates.download': 'Herunterladen',
  'updates.restart': 'Neu starten und aktualisieren',
  'updates.later': 'Später',
  'updates.try-again': 'Erneut versuchen',
  'updates.required': 'Ein Relay nimmt diese Version nicht mehr an.',
  'updates.never': 'Nach Updates wurde noch nicht gesucht.',
  'updates.current': 'Das ist die neueste Version für diesen Computer.',
  'updates.checking': 'Updates werden gesucht …',
  'updates.offered': '{version} kann heruntergeladen werden.',
  'updates.downloading': '{version} wird heruntergeladen: {percent, number} %.',
  'updates.ready':
    '{version} ist bereit und wird installiert, wenn nichts benutzt wird, wenn Sie Causeway beenden, oder jetzt.',
  'updates.ready.not-on-quit':
    '{version} ist bereit und wird installiert, wenn nichts benutzt wird, oder jetzt; beim Beenden nicht.',
  'updates.ready.ask': '{version} ist bereit und wird installiert, wenn Sie es sagen.',
  'updates.installing': '{version} wird installiert.',
  'updates.passed.older': 'Diese Version ist neuer als {version}, die angeboten wird. Es ist nichts zu tun.',
  'updates.passed.same': 'Das ist die neueste Version.',
  'updates.passed.not-yet': '{version} kommt zuerst auf einige Computer und später auf diesen.',
  'updates.passed.system-too-old':
    '{version} braucht eine neuere Version des Systems dieses Computers. Fragen Sie Ihre IT.',
  'updates.off.policy': 'Ihre IT bringt Updates auf diesen Computer.',
  'updates.off.no-key': 'Dieser Build hat keinen Schlüssel, um Updates zu prüfen, und nimmt deshalb keine an.',
  'updates.off.no-feed': 'Dieser Build hat keine Adresse, von der er Updates bekommt.',
  'updates.off.no-publisher': 'Dieser Build ist von keinem Herausgeber signiert und nimmt deshalb keine Updates an.',
  'updates.off.apt': 'Updates kommen mit den Paketen des Systems (apt).',
  'updates.off.rpm': 'Updates kommen mit den Paketen des Systems (dnf, zypper).',
  'updates.off.store': 'Updates kommen mit den Paketen des Systems.',
  'updates.off.msi': 'Updates kommen von Ihrer IT, die Causeway installiert hat.',
  'updates.off.development': 'Das ist ein Entwicklungslauf; er aktualisiert sich nicht.',
  'updates.off.unknown-install':
    'Causeway kann sich dort, wo es liegt, nicht ersetzen. Verschieben Sie es zu den Programmen, oder fragen Sie Ihre IT.',
  'updates.failed': 'Das Update wurde nicht angenommen: {why}',
  'updates.failed.feed-unreachable':
    'Die Stelle, von der Updates kommen, ist nicht erreichbar. Es wird später erneut versucht.',
  'updates.failed.feed-stalled':
    'Die Stelle, von der Updates kommen, antwortet nicht mehr. Es wird später erneut versucht.',
  'updates.failed.feed-answer': 'Wo Updates sein sollten, sind keine. Sagen Sie es Ihrer IT.',
  'updates.failed.feed-not-https':
    'Die Stelle, von der Updates kommen, hat keine sichere Adresse (https). Sagen Sie es Ihrer IT.',
  'updates.failed.redirect-to-http':
    'Die Stelle, von der Updates kommen, führt zu einer unsicheren Adresse. Sagen Sie es Ihrer IT.',
  'updates.failed.feed-too-large': 'Was kam, ist viel zu groß, um ein Update zu beschreiben. Sagen Sie es Ihrer IT.',
  'updates.failed.unsigned': 'Es ist nicht signiert. Sagen Sie es Ihrer IT.',
  'updates.failed.wrong-key': 'Es hat jemand signiert, dem diese App nicht vertraut. Sagen Sie es Ihrer IT.',
  'updates.failed.wrong-signature': 'Es wurde nach dem Signieren verändert. Sagen Sie es Ihrer IT.',
  'updates.failed.malformed': 'Es ist signiert, aber diese Version versteht es nicht. Sagen Sie es Ihrer IT.',
  'updates.failed.wrong-product': 'Es ist für ein anderes Programm oder System. Sagen Sie es Ihrer IT.',
  'updates.failed.wrong-channel': 'Es gehört zu einem anderen Kanal als diese App. Sagen Sie es Ihrer IT.',
  'updates.failed.expired':
    'Seine Signatur ist abgelaufen. Prüfen Sie die Uhr dieses Computers; geht sie richtig, sagen Sie Ihrer IT, dass die Updates veraltet sind.',
  'updates.failed.replayed': 'Es ist älter als das, was zuvor da war. Sagen Sie es Ihrer IT.',
  'updates.failed.bad-file-name': 'Es nennt eine Datei, die nicht daneben liegt. Sagen Sie es Ihrer IT.',
  'updates.failed.no-file': 'Für diese Art von Computer ist keines da. Sagen Sie es Ihrer IT.',
  'updates.failed.wrong-size': 'Die Datei hat nicht die signierte Größe. Sagen Sie es Ihrer IT.',
  'updates.failed.wrong-hash': 'Die Datei ist nicht die, die signiert wurde. Sagen Sie es Ihrer IT.',
  'updates.failed.download-broken': 'Der Download brach ab. Er geht später dort weiter, wo er aufhörte.',
  'updates.failed.disk-full':
    'Auf der Festplatte ist nicht genug Platz. Schaffen Sie Platz, und versuchen Sie es erneut.',
  'updates.failed.not-written':
    'Es kann nicht auf die Festplatte dieses Computers geschrieben werden. Sagen Sie es Ihrer IT.',
  'updates.failed.platform-signature': 'Die Signatur des Herausgebers ist nicht gültig. Sagen Sie es Ihrer IT.',
  'updates.failed.install-failed':
    'Es konnte nicht installiert werden. Versuchen Sie es erneut, oder sagen Sie es Ihrer IT.',
  'updates.banner.ready': 'Causeway {version} ist bereit.',
  'updates.banner.ready.text': 'Der Neustart dauert einige Sekunden; Ihre Verbindungen kommen wieder.',
  'updates.banner.offered': 'Causeway {version} ist da.',
  'updates.banner.failed': 'Ein Update wurde abgelehnt.',
  'updates.banner.show': 'Zeigen',
  'updates.tray.restart': 'Neu starten und auf {version} aktualisieren',
  'updates.tray.download': 'Causeway {version} herunterladen',
} as const satisfies Translation<typeof english>;
