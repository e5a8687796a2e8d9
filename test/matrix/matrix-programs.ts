import { fileURLToPath } from 'node:url';
import { type CaseInput, type MatrixCase, matrixCases, type MatrixProgram } from './matrix-program.ts';

const script = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url));
const all = matrixCases;
const plain = all.filter((what) => what !== 'upgrade');
const python = '/usr/bin/python3';

const upgradeFields = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
].flatMap((field) => ['-H', field]);

function curl(version: string, what: MatrixCase, { base, bigFile }: CaseInput): readonly string[] {
  const one = ['-sS', '--max-time', '30', version, '-w', '\n%{http_code} %{size_download}\n'];
  // Debian 12’s curl can’t use an HTTP/2 connection with prior knowledge again, directly neither.
  const isHttp2 = version.startsWith('--http2');
  const next = ['--next', ...one];
  const call = (path: string, ...options: string[]): string[] => [...options, `${base}${path}`];
  switch (what) {
    case 'get':
      if (isHttp2) return ['curl', ...one, ...call('/large')];
      return ['curl', ...one, ...call('/get'), ...next, ...call('/empty'), ...next, ...call('/large')];
    case 'post':
      return ['curl', ...one, ...call('/post', '--data-binary', `@${bigFile}`)];
    case 'refusal':
      if (isHttp2) return ['curl', ...one, '-d', 'small', ...call('/unauthorized')];
      return ['curl', ...one, '-d', 'small', ...call('/unauthorized'), ...next, ...call('/after')];
    case 'big-refusal':
      if (isHttp2) return ['curl', ...one, ...call('/too-large', '-T', bigFile, '-X', 'POST')];
      return ['curl', ...one, ...call('/too-large', '-T', bigFile, '-X', 'POST'), ...next, ...call('/after')];
    case 'idle':
      return ['curl', ...one, ...call('/one'), '--next', ...one, '--rate', '50/m', ...call('/two'), ...call('/three')];
    case 'upgrade':
      return ['curl', ...one, '-w', '%{http_code} %header{retry-after}', ...call('/upgrade-refused', ...upgradeFields)];
    case 'stream':
      if (isHttp2) return ['curl', ...one, ...call('/stream', '-N')];
      return ['curl', ...one, ...call('/stream', '-N'), ...next, ...call('/events', '-N')];
  }
}

const curlRow = (name: string, version: string, cases: readonly MatrixCase[], more: Partial<MatrixProgram> = {}) => ({
  name,
  needs: 'curl',
  debian: 'curl',
  server: 'http1' as const,
  quick: false,
  cases,
  ...more,
  command: (what: MatrixCase, input: CaseInput) => curl(version, what, input),
});

type Source = Pick<MatrixProgram, 'needs' | 'debian' | 'quick' | 'cases'> & Partial<MatrixProgram>;

const scripted = (name: string, source: Source, ...start: readonly string[]): MatrixProgram => ({
  name,
  server: 'http1',
  ...source,
  command: (what, { base, bigFile }) => [...start, what, base, bigFile],
});

const java = (name: string, how: string, cases: readonly MatrixCase[]): MatrixProgram =>
  scripted(
    name,
    { needs: 'java', debian: 'default-jdk-headless', quick: false, cases },
    'java',
    '-XX:TieredStopAtLevel=1',
    script('Matrix.java'),
    how,
  );

const pythonRow = (library: string, cases: readonly MatrixCase[]): MatrixProgram =>
  scripted(
    `Python ${library}`,
    { needs: `python3:${library}`, debian: `python3-${library}`, quick: library === 'requests', cases },
    python,
    script('matrix_http.py'),
    library,
  );

const node = (library: string, cases: readonly MatrixCase[]): MatrixProgram =>
  scripted(
    `Node ${library}`,
    { needs: 'node', debian: 'nodejs', quick: library === 'undici' || library === 'ws', cases },
    process.execPath,
    script('matrix-node.ts'),
    library,
  );

const http2Cases = plain.filter((what) => what !== 'idle');
const grpcCases = plain;

/** Programs that speak HTTP to a server of ours: what each does is compared directly and through the relay. */
export const matrixPrograms: readonly MatrixProgram[] = [
  curlRow('curl HTTP/1.0', '--http1.0', ['get', 'post', 'refusal', 'big-refusal', 'stream']),
  curlRow('curl HTTP/1.1', '--http1.1', all, { quick: true }),
  curlRow('curl HTTP/2', '--http2-prior-knowledge', http2Cases, { server: 'http2' }),
  curlRow('curl HTTP/2, HTTP/1.1 API', '--http2-prior-knowledge', http2Cases, {
    server: 'http2',
    relayedServer: 'http1',
  }),
  curlRow('curl HTTP/1.1, HTTP/2 API', '--http1.1', plain, { server: 'http1', relayedServer: 'http2' }),
  java('JDK HttpClient 1.1', 'client', all),
  java('JDK HttpClient 2 (h2c upgrade)', 'client2', plain),
  java('JDK HttpURLConnection', 'connection', plain),
  pythonRow('requests', plain),
  pythonRow('httpx', plain),
  pythonRow('aiohttp', all),
  scripted(
    'Python grpcio',
    { needs: 'python3:grpc', debian: 'python3-grpcio', quick: false, cases: grpcCases, server: 'grpc' },
    python,
    script('matrix_grpc.py'),
  ),
  node('fetch', plain),
  node('undici', all),
  node('axios', plain),
  node('ws', ['upgrade']),
  scripted(
    'Node @grpc/grpc-js',
    { needs: 'node', debian: 'nodejs', quick: true, cases: grpcCases, server: 'grpc' },
    process.execPath,
    script('matrix-grpc-js.ts'),
  ),
  scripted('PHP', { needs: 'php', debian: 'php-cli', quick: false, cases: plain }, 'php', script('matrix.php')),
  scripted(
    'Ruby Net::HTTP',
    { needs: 'ruby', debian: 'ruby', quick: false, cases: plain },
    'ruby',
    script('matrix.rb'),
  ),
  scripted(
    'Perl HTTP::Tiny',
    { needs: 'perl', debian: 'perl', quick: false, cases: plain },
    'perl',
    script('matrix.pl'),
  ),
  {
    name: 'wget',
    needs: 'wget',
    debian: 'wget',
    server: 'http1',
    quick: false,
    cases: ['get', 'post', 'refusal', 'big-refusal', 'stream'],
    command(what, { base, bigFile }) {
      const one = ['wget', '-q', '-O', '-', '--timeout=30', '--tries=1', '--content-on-error'];
      if (what === 'get') return [...one, `${base}/get`, `${base}/empty`];
      if (what === 'post') return [...one, `--post-file=${bigFile}`, `${base}/post`];
      if (what === 'refusal') return [...one, '--post-data=small', `${base}/unauthorized`, `${base}/unauthorized`];
      if (what === 'big-refusal') return [...one, '-S', `--post-file=${bigFile}`, `${base}/too-large`];
      return [...one, `${base}/stream`, `${base}/events`];
    },
  },
  {
    name: 'aria2c',
    needs: 'aria2c',
    debian: 'aria2',
    server: 'http1',
    quick: false,
    cases: ['get', 'stream'],
    command(what, { base }) {
      const path = what === 'get' ? '/large' : '/stream';
      const options = ['--quiet', '--out=got', '--file-allocation=none', '--timeout=30'];
      return ['sh', '-c', 'aria2c "$@" && sha256sum <got', 'aria2c', ...options, base + path];
    },
  },
];
