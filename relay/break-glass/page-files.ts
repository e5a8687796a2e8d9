/** Style of the pages, served at an address of its own because they allow nothing inline. */
export const pageStyle = `:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--line:#e2e5ea;--text:#171a21;--muted:#555d6b;--accent:#2f5bd7;--on:#fff;--warn:#8a4b00;--warn-bg:#fff5e6}
@media (prefers-color-scheme:dark){:root{--bg:#111318;--card:#1a1d24;--line:#2b303a;--text:#eef0f4;--muted:#a6aebb;--accent:#8fadff;--on:#10131a;--warn:#ffc27a;--warn-bg:#2b2114}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--bg);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:30rem;width:100%;padding:36px;background:var(--card);border:1px solid var(--line);border-radius:18px}
h1{margin:0 0 12px;font-size:1.4rem;line-height:1.25}
h2{margin:28px 0 8px;font-size:1.05rem}
p{margin:0 0 12px;color:var(--muted);overflow-wrap:anywhere}
.warning{padding:12px 14px;border:1px solid currentColor;border-radius:10px;color:var(--warn);background:var(--warn-bg)}
.problem{padding:12px 14px;border:2px solid currentColor;border-radius:10px;color:var(--text);font-weight:600}
label{display:block;margin:12px 0 4px;font-weight:600}
input{width:100%;font:inherit;padding:9px 12px;border:1px solid var(--muted);border-radius:8px;background:var(--bg);color:var(--text)}
button{margin-top:18px;font:inherit;font-weight:600;padding:10px 20px;border-radius:8px;border:1px solid var(--accent);background:var(--accent);color:var(--on);cursor:pointer}
button.plain{background:none;color:var(--accent)}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
code{font-size:1.25rem;letter-spacing:.08em}
dl{margin:0;display:grid;grid-template-columns:auto 1fr;gap:4px 16px}
dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
svg{display:block;width:min(100%,220px);height:auto;margin:12px 0;background:#fff}
hr{margin:28px 0 0;border:0;border-top:1px solid var(--line)}
`;

/** Asks the authenticator and sends its answer with the form; without it the other way to sign in works all the same. */
export const pageScript = `'use strict';
const toBytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const withBytes = (options) => {
  const list = (all) => (all ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));
  const bytes = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) bytes.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) bytes.excludeCredentials = list(options.excludeCredentials);
  if (options.allowCredentials) bytes.allowCredentials = list(options.allowCredentials);
  return bytes;
};
const toAnswer = (credential) => {
  const { response } = credential;
  const answer = { clientDataJSON: toText(response.clientDataJSON) };
  if (response.attestationObject) answer.attestationObject = toText(response.attestationObject);
  if (response.getTransports) answer.transports = response.getTransports();
  if (response.authenticatorData) answer.authenticatorData = toText(response.authenticatorData);
  if (response.signature) answer.signature = toText(response.signature);
  if (response.userHandle) answer.userHandle = toText(response.userHandle);
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: answer,
  };
};
const words = { NotAllowedError: 'cancelled', InvalidStateError: 'known', SecurityError: 'noneHere' };
for (const form of document.querySelectorAll('form[data-passkey]'))
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const says = form.querySelector('[role=status]');
    const button = form.querySelector('button');
    button.disabled = true;
    says.textContent = says.dataset.waits;
    try {
      const publicKey = withBytes(JSON.parse(form.dataset.options));
      const makes = form.dataset.passkey === 'create';
      const credential = await (makes ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }));
      form.elements.namedItem('answer').value = JSON.stringify(toAnswer(credential));
      form.submit();
    } catch (error) {
      says.textContent = says.dataset[words[error.name]] ?? says.dataset.failed + ' ' + error.message;
      button.disabled = false;
    }
  });
`;
