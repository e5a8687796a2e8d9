/** One thing that packaging does, and where it was seen to work. */
export interface Proof {
  readonly step: string;
  /** `here`: it ran now, on the real thing. `stand-in`: it ran now, on a small program in the runtime’s place. */
  readonly proven: 'here' | 'stand-in' | 'workflow';
  readonly how: string;
}

/** What only the public workflow proves, as it needs another system, a certificate or a download. */
export const onlyByWorkflow: readonly Proof[] = [
  { step: 'Windows: the runtime’s file metadata', proven: 'workflow', how: 'Electron Forge on Windows' },
  { step: 'Windows: WiX’s own making of the MSI, its dialogs', proven: 'workflow', how: 'electron-builder on Windows' },
  { step: 'Windows: the command line put on PATH', proven: 'workflow', how: 'an installer that runs on Windows' },
  { step: 'macOS: DMG, ZIP, universal', proven: 'workflow', how: 'electron-builder on macOS' },
  { step: 'macOS: the carried command line runs signed', proven: 'workflow', how: 'on a Mac, after its signature' },
  { step: 'macOS: notarisation, stapling', proven: 'workflow', how: 'Apple’s service, from a Mac' },
  { step: 'Azure Trusted Signing', proven: 'workflow', how: 'Microsoft’s service, from Windows' },
];

const words = {
  here: 'yes, here',
  'stand-in': 'yes, with a stand-in for the runtime',
  workflow: 'no: by the workflow alone',
} as const;

/** The table that the command ends with. */
export function proofTable(proofs: readonly Proof[]): string {
  const width = Math.max(...proofs.map(({ step }) => step.length));
  const second = Math.max(...Object.values(words).map(({ length }) => length));
  const rows = proofs.map(
    ({ step, proven, how }) => `  ${step.padEnd(width)}  ${words[proven].padEnd(second)}  ${how}`,
  );
  return `  ${'step'.padEnd(width)}  ${'proven'.padEnd(second)}  how\n${rows.join('\n')}`;
}
