import { DOMParser, XMLSerializer } from '@xmldom/xmldom';
import { carriedCli } from './carried-cli.ts';

const folder = `${carriedCli}/bin`.replaceAll('/', '\\');

/**
 * A project of WiX, as electron-builder writes it, that puts the command line’s folder on everybody’s PATH, and takes it away with
 * the app. @throws Error when the project has no command line
 */
export function withCliOnPath(project: string): string {
  const document = new DOMParser().parseFromString(project, 'text/xml');
  const launcher = [...document.getElementsByTagName('File')].find((file) =>
    (file.getAttribute('Source') ?? '').replaceAll('/', '\\').endsWith(`${folder}\\causeway.cmd`),
  );
  if (!launcher?.parentNode) throw new Error('The MSI’s project has no command line to put on PATH.');
  const entry = document.createElementNS(document.documentElement?.namespaceURI ?? null, 'Environment');
  const attributes = {
    Id: 'CommandLineOnPath',
    Name: 'PATH',
    Value: `[APPLICATIONFOLDER]${folder}`,
    Action: 'set',
    Part: 'last',
    Permanent: 'no',
    System: 'yes',
  };
  for (const [name, value] of Object.entries(attributes)) entry.setAttribute(name, value);
  launcher.parentNode.appendChild(entry);
  return new XMLSerializer().serializeToString(document);
}
