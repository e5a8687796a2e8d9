import { writeFile } from 'node:fs/promises';
import { dialog } from 'electron';

/** Asks where to save and writes there, readable by its owner only; false when the person cancels. */
export async function saveTextFile(options: { readonly name: string; readonly text: string }): Promise<boolean> {
  const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath: options.name });
  if (canceled || filePath === '') return false;
  await writeFile(filePath, options.text, { mode: 0o600 });
  return true;
}
