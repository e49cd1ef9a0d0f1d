// Asks the browser for passkeys: the one thing in the portal that only a script can do. What the browser gives goes into hidden fields
// of the page's own form, which is then sent like any other. Without this file, or where a browser knows no passkeys, codes do.

const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), letter => letter.charCodeAt(0));
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const descriptors = list => (list ?? []).map(item => ({ ...item, id: bytes(item.id) }));

// By hand, because not every browser and password manager has WebAuthn's own JSON functions.
function toJson(credential) {
  const given = credential.response;
  const response = { clientDataJSON: text(given.clientDataJSON) };
  if (given.attestationObject) {
    response.attestationObject = text(given.attestationObject);
    response.transports = given.getTransports?.() ?? [];
  } else {
    response.authenticatorData = text(given.authenticatorData);
    response.signature = text(given.signature);
    if (given.userHandle) response.userHandle = text(given.userHandle);
  }
  return JSON.stringify({
    id: text(credential.rawId), rawId: text(credential.rawId), type: credential.type, response,
    clientExtensionResults: credential.getClientExtensionResults?.() ?? {},
  });
}

async function ask(path, body) {
  const answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error('challenge');
  return answer.json();
}

async function get(part) {
  const action = part.dataset.passkeyAction;
  const { challenge, options } = await ask(part.dataset.passkeyAsk, action ? { action } : {});
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: descriptors(options.allowCredentials) };
  const credential = await navigator.credentials.get({ publicKey });
  part.querySelector('input[name="passkey"]').value = toJson(credential);
  part.querySelector('input[name="passkey-challenge"]').value = challenge;
}

async function create(part) {
  const options = JSON.parse(part.dataset.passkeyCreate);
  const publicKey = {
    ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: descriptors(options.excludeCredentials),
  };
  part.querySelector('input[name="passkey"]').value = toJson(await navigator.credentials.create({ publicKey }));
}

const complaint = error => ({
  InvalidStateError: 'This device holds a passkey for your account already.',
  SecurityError: 'This browser takes no passkeys for this address.',
  Error: 'The gateway did not answer as it should. Reload the page and try again.',
  TypeError: 'The gateway could not be reached. Try again.',
}[error.name] ?? 'No passkey was given. Try again.');

function wire(part) {
  const form = part.closest('form');
  const [button, complaints, status] = ['button', 'error', 'status'].map(name => part.querySelector(`[data-passkey-${name}]`));
  const code = part.querySelector('.field');
  const input = code?.querySelector('input');
  let wanted = !input;
  let done = false;

  const choose = passkey => {
    wanted = passkey;
    code.hidden = input.disabled = passkey;
    button.textContent = passkey ? 'Use a code instead' : 'Use a passkey';
    status.textContent = passkey ? 'Now choose below: your passkey is asked for then.' : '';
  };

  for (const element of part.querySelectorAll('[data-passkey-show]')) element.hidden = false;
  for (const element of part.querySelectorAll('[data-passkey-hide]')) element.hidden = true;
  button?.addEventListener('click', () => {
    const submits = [...form.querySelectorAll('button[type="submit"]:not([disabled])')];
    choose(!wanted);
    if (wanted && submits.length === 1) {
      status.textContent = '';
      form.requestSubmit(submits[0]);
    }
  });
  form.addEventListener('submit', async event => {
    // A button that says no (formnovalidate) needs no passkey.
    if (!wanted || done || event.submitter?.formNoValidate) return;
    event.preventDefault();
    complaints.hidden = true;
    try {
      await (part.dataset.passkeyCreate ? create(part) : get(part));
      done = true;
      form.requestSubmit(event.submitter);
    } catch (error) {
      complaints.textContent = complaint(error);
      complaints.hidden = false;
    }
  });
}

if ('PublicKeyCredential' in window && navigator.credentials) {
  for (const part of document.querySelectorAll('[data-passkey-ask], [data-passkey-create]')) wire(part);
}
