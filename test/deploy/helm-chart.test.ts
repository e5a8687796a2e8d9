import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../relay/config/load-config.ts';
import { version } from '../../shared/version.ts';
import { readProjectFile } from '../docs/read-docs.ts';
import { findKubernetesTools, type Manifest } from './kubernetes-tools.ts';

const chart = fileURLToPath(new URL('../../deploy/helm/causeway-relay', import.meta.url));
const tools = findKubernetesTools();

type Values = Readonly<Record<string, unknown>>;

function helm(command: readonly string[], values: Values) {
  return spawnSync(tools?.helm ?? 'helm', [...command, chart, '--values', '-'], {
    input: stringify(values),
    encoding: 'utf8',
  });
}

function render(values: Values): readonly Manifest[] {
  const { status, stdout, stderr } = helm(['template', 'demo'], values);
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

const one = (manifests: readonly Manifest[], kind: string): Manifest | undefined =>
  manifests.find((manifest) => manifest.kind === kind);

/** A YAML block of the page, as IT copies it. */
function blockOf(text: string): string {
  const page = readProjectFile('docs/deployment.md');
  const found = [...page.matchAll(/^```yaml\n([^]*?)^```$/gmu)].find(([, block = '']) => block.includes(text));
  if (found === undefined) throw new Error(`No block holds ${text}`);
  return found[1] ?? '';
}

const admin = { roles: { owner: ['relay-admins'] } };
const storage = '${file:/etc/causeway/secrets/storage}';
const cases: readonly (readonly [string, Values])[] = [
  ['as it is', {}],
  ['three relays with a storage', { replicas: 3, secretsSecret: 'causeway', config: { storage } }],
  [
    'the operators’ port',
    { admin: { enabled: true }, config: { admin }, networkPolicy: { adminFrom: [{ podSelector: {} }] } },
  ],
  ['TLS ended in front', { tlsSecret: '', service: { type: 'ClusterIP' }, config: { relay: { tls: null } } }],
  ['a closed network', { networkPolicy: { from: [{ podSelector: {} }], to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] } }],
  [
    'all that schedulers read',
    { nodeSelector: { zone: 'a' }, tolerations: [{ operator: 'Exists' }], affinity: {}, podAnnotations: { a: 'b' } },
  ],
  [
    'a class of storage and secrets for images',
    { persistence: { storageClass: 'fast' }, imagePullSecrets: [{ name: 'x' }] },
  ],
  ['AWS’s balancer, as docs/deployment.md has it', parse(blockOf('aws-load-balancer-type')) as Values],
  ['no budget and no policy', { podDisruptionBudget: { enabled: false }, networkPolicy: { enabled: false } }],
];

test('the chart is of this version', () => {
  const about = parse(readFileSync(`${chart}/Chart.yaml`, 'utf8')) as { appVersion: string };
  expect(about.appVersion).toBe(version);
});

describe.skipIf(tools === null)('the chart, rendered by Helm', () => {
  test.each([
    ['more than one relay without a storage', { replicas: 2 }, /needs config\.storage/],
    ['an operators’ port without its config', { admin: { enabled: true } }, /needs config\.admin/],
    ['no relay', { replicas: 0 }, /replicas/],
    ['a value that there isn’t', { replica: 2 }, /replica/],
    ['an address with a path', { config: { relay: { url: 'https://access.acme.example/relay' } } }, /url/],
    ['a size without unit', { persistence: { size: '20' } }, /size/],
    ['another kind of service', { service: { type: 'ExternalName' } }, /type/],
    ['a wait below zero', { preStopSeconds: -1 }, /preStopSeconds/],
  ])('is refused with %s', (_case, values, words) => {
    const { status, stderr } = helm(['template', 'demo'], values);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(words);
  });

  test('has nothing that Helm’s linter minds', () => {
    const { status, stdout } = helm(['lint', '--strict'], {});
    expect(stdout).not.toMatch(/\[(?:WARNING|ERROR)\]/);
    expect(status).toBe(0);
  });

  test.each(cases)(
    'makes objects that Kubernetes knows, and a config that the relay takes: %s',
    async (_case, values) => {
      const manifests = render(values);
      for (const manifest of manifests)
        expect([manifest.kind, await tools?.faultOf(manifest)]).toEqual([manifest.kind, null]);
      const { stringData } = one(manifests, 'Secret') as unknown as { stringData: Record<string, string> };
      const loading = readConfig(
        { path: '/etc/causeway/config/relay.yaml', text: stringData['relay.yaml'] ?? '' },
        { files: 'skip' },
      );
      expect((await loading).config.relay.data).toBe('/var/lib/causeway');
    },
  );

  test('is closed: no root, no rights, nothing to write but data and temporary files', () => {
    const text = stringify(one(render({}), 'StatefulSet'));
    for (const line of [
      'runAsNonRoot: true',
      'readOnlyRootFilesystem: true',
      'allowPrivilegeEscalation: false',
      'automountServiceAccountToken: false',
      'type: RuntimeDefault',
    ])
      expect(text).toContain(line);
    expect(text).toMatch(/capabilities:\s+drop:\s+- ALL/);
  });

  test('a relay that ends has told balancers before, and has its time to drain', () => {
    const set = one(render({ preStopSeconds: 15, config: { relay: { drain_seconds: 100 } } }), 'StatefulSet');
    expect(set).toMatchObject({
      spec: {
        template: {
          spec: {
            terminationGracePeriodSeconds: 135,
            containers: [
              {
                lifecycle: { preStop: { sleep: { seconds: 15 } } },
                readinessProbe: { httpGet: { path: '/readyz/node', scheme: 'HTTPS' } },
                livenessProbe: { httpGet: { path: '/healthz' } },
              },
            ],
          },
        },
      },
    });
  });

  test('the operators’ port is no part of what employees reach', () => {
    const manifests = render({ admin: { enabled: true }, config: { admin } });
    const [people] = manifests.filter(
      ({ kind, spec }) => kind === 'Service' && (spec as { type?: string }).type === 'LoadBalancer',
    );
    expect(people).toMatchObject({ spec: { ports: [{ name: 'relay' }] } });
    expect(one(manifests, 'NetworkPolicy')).toMatchObject({ spec: { ingress: [{ ports: [{ port: 8080 }] }] } });
  });
});
