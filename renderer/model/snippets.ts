import type { CatalogEntry } from '../../shared/catalog.ts';
import type { CausewayBridge } from '../../shared/ipc.ts';
import { accessKeyHeader, accessKeyPlaceholder } from '../../shared/access-key.ts';
import { shellWord } from './access-request.ts';

export type SnippetLanguage = 'curl' | 'javascript' | 'python' | 'go' | 'powershell' | 'env' | 'socket' | 'docker';

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

/** Where the snippets call, beside the API's own port. */
export interface SnippetPlaces {
  readonly socketPath?: string | undefined;
  /** Requests to the port need the access key: the snippets carry it, as a placeholder that is filled in on copying. */
  readonly keyed?: boolean;
}

/**
 * Ready-to-paste ways to call the API at its local address; curl is quoted for the platform's shell. With a Unix socket
 * also over that, from here and from a container, where no key is needed.
 */
export function snippetsFor(
  api: Pick<CatalogEntry, 'id' | 'examplePath'>,
  address: string,
  platform: CausewayBridge['platform'],
  { socketPath, keyed = false }: SnippetPlaces = {},
): Snippet[] {
  const url = exampleUrl(address, api.examplePath);
  return [
    { language: 'curl', label: 'curl', text: curl(url, platform, keyed) },
    { language: 'javascript', label: 'JavaScript', text: javascript(url, keyed) },
    { language: 'python', label: 'Python', text: python(url, keyed) },
    { language: 'go', label: 'Go', text: go(url, keyed) },
    { language: 'powershell', label: 'PowerShell', text: powershell(url, keyed) },
    { language: 'env', label: '.env', text: env(api.id, address, keyed) },
    ...(socketPath === undefined ? [] : socketSnippets(socketPath, exampleUrl('http://localhost', api.examplePath))),
  ];
}

function curl(url: string, platform: CausewayBridge['platform'], keyed: boolean): string {
  const [program, quote] = platform === 'win32' ? ['curl.exe', '"'] : ['curl', "'"];
  const header = keyed ? `-H ${quote}${accessKeyHeader}: ${accessKeyPlaceholder}${quote} ` : '';
  return `${program} ${header}${quote}${url}${quote}`;
}

function javascript(url: string, keyed: boolean): string {
  return [
    keyed
      ? `const response = await fetch('${url}', {\n  headers: { '${accessKeyHeader}': '${accessKeyPlaceholder}' },\n});`
      : `const response = await fetch('${url}');`,
    'if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);',
    'console.log(await response.text());',
  ].join('\n');
}

function python(url: string, keyed: boolean): string {
  return [
    `from urllib.request import ${keyed ? 'Request, ' : ''}urlopen`,
    '',
    ...(keyed
      ? [`request = Request("${url}", headers={"${accessKeyHeader}": "${accessKeyPlaceholder}"})`, '']
      : [`request = "${url}"`, '']),
    'with urlopen(request) as response:',
    '    print(response.read().decode())',
    '',
  ].join('\n');
}

function go(url: string, keyed: boolean): string {
  return [
    'package main',
    '',
    'import (',
    '\t"io"',
    '\t"log"',
    '\t"net/http"',
    '\t"os"',
    ')',
    '',
    'func main() {',
    `\trequest, err := http.NewRequest("GET", "${url}", nil)`,
    '\tif err != nil {',
    '\t\tlog.Fatal(err)',
    '\t}',
    ...(keyed ? [`\trequest.Header.Set("${accessKeyHeader}", "${accessKeyPlaceholder}")`] : []),
    '\tresponse, err := http.DefaultClient.Do(request)',
    '\tif err != nil {',
    '\t\tlog.Fatal(err)',
    '\t}',
    '\tdefer response.Body.Close()',
    '\tif _, err := io.Copy(os.Stdout, response.Body); err != nil {',
    '\t\tlog.Fatal(err)',
    '\t}',
    '}',
    '',
  ].join('\n');
}

function powershell(url: string, keyed: boolean): string {
  const headers = keyed ? ` -Headers @{ '${accessKeyHeader}' = '${accessKeyPlaceholder}' }` : '';
  return `Invoke-RestMethod -Uri '${url}'${headers}`;
}

function env(api: string, address: string, keyed: boolean): string {
  const name = environmentName(api);
  const key = keyed ? `\n${name.replace(/_URL$/, '_ACCESS_KEY')}=${accessKeyPlaceholder}` : '';
  return `${name}=${address.replace(/\/$/, '')}${key}`;
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
