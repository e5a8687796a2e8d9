import type { CatalogEntry } from '../../shared/catalog.ts';
import type { CausewayBridge } from '../../shared/ipc.ts';
import { shellWord } from './access-request.ts';

export type SnippetLanguage = 'curl' | 'javascript' | 'python' | 'env' | 'socket' | 'docker';

export interface Snippet {
  readonly language: SnippetLanguage;
  readonly label: string;
  readonly text: string;
}

/**
 * The example request as a URL that holds no character with a meaning to a shell's quotes, JavaScript or Python:
 * all that isn't plainly safe is percent-encoded (RFC 3986 §2.1).
 */
export function exampleUrl(address: string, examplePath: string): string {
  const path = examplePath.startsWith('/') ? examplePath : `/${examplePath}`;
  const [beforeHash = '/'] = path.split('#');
  const safe = beforeHash.replace(/%(?![0-9a-f]{2})|[^A-Za-z0-9\-._~/?&=:@,;+*%]/giu, percentEncode);
  return `${address.replace(/\/$/, '')}${safe}`;
}

function percentEncode(char: string): string {
  return [...new TextEncoder().encode(char)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}

/** Name of an environment variable for the API's address: `ORDERS_URL`. */
export function environmentName(api: string): string {
  const name = `${api.replaceAll('-', '_').toUpperCase()}_URL`;
  return /^[0-9]/.test(name) ? `API_${name}` : name;
}

/**
 * Ready-to-paste ways to call the API at its local address; curl is quoted for the platform's shell. With a Unix socket
 * also over that, from here and from a container.
 */
export function snippetsFor(
  api: Pick<CatalogEntry, 'id' | 'examplePath'>,
  address: string,
  platform: CausewayBridge['platform'],
  socketPath?: string,
): Snippet[] {
  const url = exampleUrl(address, api.examplePath);
  const quote = platform === 'win32' ? '"' : "'";
  const program = platform === 'win32' ? 'curl.exe' : 'curl';
  return [
    { language: 'curl', label: 'curl', text: `${program} ${quote}${url}${quote}` },
    {
      language: 'javascript',
      label: 'JavaScript',
      text: [
        `const response = await fetch('${url}');`,
        'if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);',
        'console.log(await response.text());',
      ].join('\n'),
    },
    {
      language: 'python',
      label: 'Python',
      text: [
        'from urllib.request import urlopen',
        '',
        `with urlopen("${url}") as response:`,
        '    print(response.read().decode())',
        '',
      ].join('\n'),
    },
    { language: 'env', label: '.env', text: `${environmentName(api.id)}=${address.replace(/\/$/, '')}` },
    ...(socketPath === undefined ? [] : socketSnippets(socketPath, exampleUrl('http://localhost', api.examplePath))),
  ];
}

/** The folder is mounted, not the file: a socket that is made anew after a restart then shows in the container too. */
function socketSnippets(socketPath: string, url: string): Snippet[] {
  const slash = socketPath.lastIndexOf('/');
  const folder = socketPath.slice(0, slash);
  const name = socketPath.slice(slash + 1);
  return [
    { language: 'socket', label: 'Socket', text: `curl --unix-socket ${shellWord(socketPath)} '${url}'` },
    {
      language: 'docker',
      label: 'Docker',
      text: [
        'docker run --rm --user "$(id -u)" \\',
        `  -v ${shellWord(`${folder}:/causeway`)} \\`,
        `  curlimages/curl --unix-socket /causeway/${name} '${url}'`,
      ].join('\n'),
    },
  ];
}
