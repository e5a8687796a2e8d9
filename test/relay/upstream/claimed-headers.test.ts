import { readFile } from 'node:fs/promises';
import { describe, expect, it, test } from 'vitest';
import { type CallerHeaders, compileCallerHeaders } from '../../../relay/upstream/caller-headers.ts';
import { claimedHeaders } from '../../../relay/config/values/claimed-headers.ts';
import { credentialHeaders } from '../../../relay/config/values/claimed-identities.ts';

const usual = compileCallerHeaders({ headers: {}, drop_headers: [], keep_headers: [] });

/** Headers by which products let a proxy say who is calling or how a request came, as their manuals spell them. */
const products: Readonly<Record<string, string>> = {
  Authelia: 'Remote-User Remote-Groups Remote-Name Remote-Email X-Authelia-URL',
  'oauth2-proxy':
    'X-Auth-Request-User X-Auth-Request-Email X-Auth-Request-Groups X-Auth-Request-Preferred-Username X-Auth-Request-Access-Token X-Auth-Request-Redirect X-Forwarded-User X-Forwarded-Email X-Forwarded-Groups X-Forwarded-Preferred-Username X-Forwarded-Access-Token',
  Keycloak:
    'X-Auth-Audience X-Auth-Email X-Auth-ExpiresIn X-Auth-Groups X-Auth-Roles X-Auth-Subject X-Auth-Userid X-Auth-Username X-Auth-User X-Auth-Name',
  authentik:
    'X-authentik-username X-authentik-groups X-authentik-entitlements X-authentik-email X-authentik-name X-authentik-uid X-authentik-jwt X-authentik-meta-app',
  Pomerium: 'X-Pomerium-Jwt-Assertion X-Pomerium-Claim-Email X-Pomerium-Claim-Groups',
  Kong: 'X-Consumer-ID X-Consumer-Custom-ID X-Consumer-Username X-Consumer-Groups X-Credential-Identifier X-Credential-Username X-Anonymous-Consumer X-Authenticated-Consumer X-Authenticated-Scope X-Authenticated-Userid X-Authenticated-Groups X-Userinfo X-ID-Token X-Introspection-Data',
  'Ory Oathkeeper': 'X-User X-Subject X-Kratos-Authenticated-Identity-Id',
  Caddy: 'X-Token-User-Name X-Token-User-Email X-Token-User-Roles X-Token-Subject',
  Vouch: 'X-Vouch-User X-Vouch-Success X-Vouch-IdP-Claims-Groups',
  Tailscale: 'Tailscale-User-Login Tailscale-User-Name Tailscale-User-Profile-Pic Tailscale-Headers-Info',
  Teleport: 'Teleport-Jwt-Assertion X-Teleport-User',
  'LemonLDAP::NG': 'Auth-User Auth-Mail Auth-Groups Auth-Cn',
  Shibboleth:
    'Shib-Session-ID Shib-Identity-Provider Shib-Application-ID AJP_remote_user eppn affiliation unscoped-affiliation entitlement persistent-id targeted-id pairwise-id subject-id eduPersonPrincipalName',
  mod_auth_openidc: 'OIDC_CLAIM_sub OIDC_CLAIM_groups OIDC_access_token OIDC_id_token_payload X-OIDC-User',
  mod_auth_mellon: 'MELLON_NAME_ID MELLON_groups',
  SiteMinder: 'SM_USER SM_USERDN SM_UNIVERSALID SM_AUTHDIRNAME SM_SERVERSESSIONID SMUSER',
  'Oracle Access Manager':
    'OAM_REMOTE_USER OAM_IDENTITY_DOMAIN OAM_LAST_REAUTHENTICATION_TIME Osso-User-Dn Osso-User-Guid',
  'IBM WebSEAL': 'iv-user iv-groups iv-creds iv-user-l iv-remote-address am-eai-user-id',
  'WebSphere plug-in': '$WSRU $WSRA $WSRH $WSAT $WSCC $WSIS $WSPR $WSSN',
  WebLogic: 'WL-Proxy-Client-IP WL-Proxy-SSL WL-Proxy-Client-Cert X-WebLogic-Request-ClusterInfo',
  Grafana: 'X-WEBAUTH-USER X-WEBAUTH-NAME X-WEBAUTH-EMAIL X-WEBAUTH-ROLE X-WEBAUTH-GROUPS',
  'Jenkins, SonarQube, Nexus': 'X-Forwarded-Login X-Forwarded-Name REMOTE_USER X-Remote-User',
  GitLab:
    'Gitlab-Workhorse-Api-Request Gitlab-Workhorse-Proxy-Start Gitlab-Shell-Api-Request Gitlab-Kas-Api-Request Sudo',
  Redmine: 'X-Redmine-Switch-User',
  Kubernetes:
    'Impersonate-User Impersonate-Group Impersonate-Uid Impersonate-Extra-scopes X-Remote-Group X-Remote-Uid X-Remote-Extra-scopes',
  'Elasticsearch, OpenSearch':
    'es-security-runas-user opendistro_security_impersonate_as opensearch_security_impersonate_as security_impersonate_as sg_impersonate_as x-proxy-user x-proxy-roles x-proxy-ext-tenant',
  'Loki, Mimir': 'X-Scope-OrgID',
  Hasura: 'X-Hasura-Role X-Hasura-User-Id X-Hasura-Allowed-Roles',
  'Apache NiFi, Knox':
    'X-ProxiedEntitiesChain X-ProxiedIssuersChain X-ProxyHost X-ProxyContextPath X-Forwarded-Context',
  'Posit, JupyterHub':
    'X-RStudio-Username X-RSC-Username RStudio-Connect-Credentials Shiny-Server-Credentials X-JupyterHub-User',
  OpenStack:
    'X-Identity-Status X-Service-Identity-Status X-Roles X-User-Name X-User-Domain-Id X-Is-Admin-Project X-Service-Catalog',
  'AWS load balancers and functions':
    'X-Amzn-Oidc-Identity X-Amzn-Oidc-Data X-Amzn-Oidc-Accesstoken X-Amzn-Mtls-Clientcert X-Amzn-Mtls-Clientcert-Subject X-Amzn-Tls-Version X-Amzn-Request-Context X-Amzn-Lambda-Context X-Amzn-Lattice-Identity X-Apigateway-Event',
  'Google Cloud':
    'X-Goog-Authenticated-User-Email X-Goog-Authenticated-User-Id X-Goog-IAP-JWT-Assertion X-Endpoint-API-UserInfo X-Apigateway-Api-Userinfo X-AppEngine-User-Email X-AppEngine-Cron X-AppEngine-QueueName X-Appengine-Inbound-Appid',
  Azure:
    'X-MS-CLIENT-PRINCIPAL X-MS-CLIENT-PRINCIPAL-ID X-MS-CLIENT-PRINCIPAL-NAME X-MS-CLIENT-PRINCIPAL-IDP X-MS-TOKEN-AAD-ID-TOKEN X-MS-TOKEN-AAD-ACCESS-TOKEN X-MS-Proxy X-MS-Forwarded-Client-IP X-ARR-ClientCert X-ARR-SSL X-Azure-FDID X-Azure-ClientIP X-Azure-SocketIP X-FD-HealthProbe MS-ASPNETCORE-TOKEN MS-ASPNETCORE-CLIENTCERT X-IIS-WindowsAuthToken',
  Cloudflare:
    'CF-Connecting-IP CF-Connecting-IPv6 CF-IPCountry CF-Visitor CF-Access-Jwt-Assertion CF-Access-Authenticated-User-Email CDN-Loop',
  'other CDNs':
    'True-Client-IP Akamai-Origin-Hop X-Akamai-Edgescape Fastly-Client-IP Fastly-SSL Fastly-FF CloudFront-Viewer-Address CloudFront-Forwarded-Proto Incap-Client-IP X-Sucuri-ClientIP Ali-CDN-Real-IP Fly-Client-IP DO-Connecting-IP X-NF-Client-Connection-IP X-Vercel-Forwarded-For X-Vercel-IP-Country',
  'Envoy, Istio, Linkerd, Dapr':
    'X-Envoy-External-Address X-Envoy-Internal X-Envoy-Original-Path X-Envoy-Peer-Metadata X-Envoy-Downstream-Service-Cluster X-Forwarded-Client-Cert X-Istio-Attributes l5d-client-id l5d-dst-override dapr-caller-app-id X-JWT-Assertion X-JWT-Payload X-Spiffe-Id',
  'client certificates (RFC 9440 and before)':
    'Client-Cert Client-Cert-Chain X-Client-Cert X-Client-Certificate X-ClientCert X-Client-Verify X-Client-DN X-Client-Subject-DN X-SSL-Client-Cert X-SSL-Client-S-DN X-SSL-Client-Verify SSL_CLIENT_CERT SSL-Client-S-DN X-SSL-Cert X-TLS-Client-Cert X-Peer-Certificate',
  'Next.js':
    'X-Middleware-Subrequest X-Middleware-Rewrite X-Middleware-Next X-Middleware-Override-Headers X-Invoke-Path X-Invoke-Status X-Matched-Path X-Now-Route-Matches X-Prerender-Revalidate',
  'Symfony, Zend, IIS, Rack':
    'X-Original-URL X-Original-URI X-Original-Host X-Original-Method X-Rewrite-URL X-Override-URL X-Host X-HTTP-Host-Override X-Accel-Redirect X-Accel-Mapping X-Sendfile X-Sendfile-Type X-Forwarded-Prefix X-Script-Name Proxy Base-Url Request-Uri',
  'addresses and schemes':
    'Forwarded Forwarded-For X-Forwarded X-Forward-For X-Forwarded-For X-Forwarded-By X-Forwarded-Port X-Forwarded-Server X-Forwarded-Ssl X-Forwarded-Scheme X-Real-IP X-Client-IP Client-IP X-Cluster-Client-IP X-Originating-IP X-Remote-IP X-Remote-Addr X-ProxyUser-Ip X-Custom-IP-Authorization Z-Forwarded-For X-Scheme X-Url-Scheme X-Forwarded-Proto Front-End-Https HTTPS',
  'JFrog Artifactory': 'X-JFrog-Override-Base-Url X-Artifactory-Override-Base-Url',
  'mobile carriers': 'X-MSISDN MSISDN X-UP-Calling-Line-ID X-Nokia-MSISDN X-WAP-Profile',
  'home-made gateways':
    'X-Username X-Email X-Groups X-Role X-UID X-User-Email X-User-Name X-User-Roles X-User-Groups X-Login X-Principal X-Admin X-On-Behalf-Of X-Impersonate-User X-Run-As X-Claims X-SSO-User X-Current-User X-Logged-In-User',
  'a copy’s or move’s aim, on other methods': 'Destination',
};

const rows = Object.entries(products).flatMap(([product, names]) =>
  names.split(' ').map((name): [string, string] => [product, name]),
);

describe('what only a proxy in front of the upstream would say', () => {
  it('is looked for in at least as many names as products were looked at for', () => {
    expect(new Set(rows.map(([, name]) => name.toLowerCase())).size).toBeGreaterThan(250);
  });

  test.each(rows)('%s: %s is dropped, in any spelling', (_product, name) => {
    for (const spelling of [
      name,
      name.toLowerCase(),
      name.toUpperCase(),
      name.replaceAll('-', '_'),
      name.replaceAll('_', '-'),
    ])
      expect(usual.passes(spelling)).toBe(false);
  });
});

const ordinary =
  'Accept Accept-Encoding Accept-Language Authorization Cookie Content-Type Content-Length Content-Encoding Range If-Match If-None-Match If-Modified-Since ' +
  'User-Agent Referer Origin From Via Max-Forwards Cache-Control Pragma Priority Prefer Depth Overwrite Lock-Token If Timeout DAV ' +
  'X-Request-Id X-Correlation-Id traceparent tracestate baggage X-B3-TraceId X-Amzn-Trace-Id X-Cloud-Trace-Context X-Request-Start ' +
  'X-User-Id X-Auth-Token X-Auth-Key X-Access-Token X-Api-Key X-Authorization X-Requested-With X-Requested-By X-CSRF-Token X-XSRF-TOKEN X-Atlassian-Token ' +
  'X-Vault-Token X-Vault-Namespace X-Consul-Token X-Session-Token X-Subject-Token X-Registry-Auth X-JFrog-Art-Api PRIVATE-TOKEN JOB-TOKEN X-Gitlab-Token X-Redmine-API-Key ' +
  'X-Hasura-Admin-Secret X-Grafana-Org-Id X-Trino-User X-Trino-Catalog X-Presto-User X-Tenant-Id X-Org-Id X-Project-Id Api-Key Api-Username ' +
  'X-Amz-Date X-Amz-Content-Sha256 X-Amz-Security-Token X-Amz-Target X-Ms-Version X-Ms-Date X-Ms-Blob-Type X-Ms-Client-Request-Id X-Goog-Api-Key X-Goog-User-Project X-Goog-Api-Client ' +
  'X-Okta-User-Agent-Extended Auth0-Client X-Shopify-Access-Token X-Stripe-Signature X-Hub-Signature-256 X-GitHub-Event X-Slack-Signature ' +
  'CF-Access-Client-Id CF-Access-Client-Secret Ping-From Ping-To X-Account-Meta-Color X-Container-Meta-A X-Object-Meta-B X-Copy-From X-Nextjs-Data RSC Next-Router-State-Tree ' +
  'grpc-timeout grpc-encoding X-Grpc-Web Sec-WebSocket-Key Sec-WebSocket-Protocol Sec-Fetch-Site Sec-Fetch-Mode Sec-Ch-Ua Upgrade-Insecure-Requests DNT ' +
  'X-Client-Version X-Client-Id X-Device-Id X-Method-Name X-Idempotency-Key Idempotency-Key X-Elastic-Product-Origin kbn-xsrf osd-xsrf securitytenant SOAPAction DataServiceVersion OData-Version sap-client X-SAP-Client';

test.each(ordinary.split(' '))('%s is ordinary and passes', (name) => {
  expect(usual.passes(name)).toBe(true);
});

describe('an API’s own choice', () => {
  const choice = (parts: Partial<Parameters<typeof compileCallerHeaders>[0]>): CallerHeaders =>
    compileCallerHeaders({ headers: {}, drop_headers: [], keep_headers: [], ...parts });

  it('keeps by name and by beginning, in any spelling', () => {
    const { passes } = choice({ keep_headers: ['Remote-User', 'X-Hasura-*'] });
    for (const name of ['remote-user', 'REMOTE_USER', 'X-Hasura-Role', 'x_hasura_user_id'])
      expect(passes(name)).toBe(true);
    for (const name of ['Remote-Users', 'Remote-Groups', 'X-Hasur']) expect(passes(name)).toBe(name === 'X-Hasur');
  });

  it('never keeps what is the relay’s own or hop-by-hop, whatever it names', () => {
    const { passes } = choice({
      keep_headers: ['x-*', 'x-causeway-*', 'host', 'h*', 'c*', 'te', 'upgrade', 'proxy-*', 'expect'],
    });
    const never =
      'X-Causeway-Identity x_causeway_key X-Forwarded-Host X-Forwarded-Proto X-Forwarded-For Host Connection Content_Length TE Upgrade Proxy-Authorization Proxy-Connection Expect';
    for (const name of never.split(' ')) expect(passes(name)).toBe(false);
    expect(passes('X-Forwarded-User')).toBe(true);
  });

  it('drops by name and by beginning, also what is kept', () => {
    const { passes } = choice({ drop_headers: ['X-Acme-*', 'Cookie', 'via'], keep_headers: ['x-acme-trace'] });
    for (const name of ['X-Acme-Trace', 'x_acme_anything', 'cookie', 'COOKIE', 'Via']) expect(passes(name)).toBe(false);
    for (const name of ['X-Acme', 'Cookie2', 'Viaduct', 'Content-Length']) expect(passes(name)).toBe(true);
  });

  it('replaces by static headers what callers send of that name, in any spelling', () => {
    const { passes } = choice({ headers: { 'X-Tenant': 'a', Authorization: 'b' }, keep_headers: ['x-tenant', 'x-*'] });
    for (const name of ['X-Tenant', 'x_tenant', 'X.TENANT', 'authorization', 'AUTHORIZATION'])
      expect(passes(name)).toBe(false);
    expect(passes('X-Tenant-Id')).toBe(true);
  });
});

test('docs/headers.md lists every name of both lists, and no other', async () => {
  const text = await readFile(new URL('../../../docs/headers.md', import.meta.url), 'utf8');
  const section = (title: string): string[] =>
    [...(text.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
  expect(section('Dropped by default')).toEqual(claimedHeaders.flatMap(({ names }) => names));
  expect(section('Credentials that pass')).toEqual(credentialHeaders);
});
