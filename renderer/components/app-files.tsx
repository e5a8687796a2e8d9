import { text } from '../../shared/messages/text.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { SettingRow } from '../../ui/components/setting-row.tsx';
import { formatAbsolute } from '../../ui/model/format.ts';

/** Where the app's logs and crash files are, for whoever helps: nothing of them is sent by the app. */
export function AppFiles({ files }: { files: NonNullable<Snapshot['files']> }) {
  const { logs, crashes } = files;
  return (
    <>
      <SettingRow name={text('files.logs')} text={text('files.logs.text', { folder: logs })}>
        <CopyButton text={logs} label={text('files.logs.copy')} />
      </SettingRow>
      {crashes !== null && (
        <SettingRow
          name={text('files.crashes')}
          text={
            crashes.lastAtMs === null
              ? text('files.crashes.none')
              : text('files.crashes.text', {
                  count: crashes.count,
                  time: formatAbsolute(crashes.lastAtMs),
                  folder: crashes.folder,
                })
          }
        >
          {crashes.lastAtMs !== null && <CopyButton text={crashes.folder} label={text('files.crashes.copy')} />}
        </SettingRow>
      )}
    </>
  );
}
