// Makes passkeys and proves with them, with what the browser brings. Without this, or in a browser without them, the
// buttons stay hidden, and passwords do.
const ceremonies = {
  create: options => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  get: options => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

const sentences = {
  InvalidStateError: 'This device holds a passkey of yours already.',
  NotAllowedError: 'The device gave none: it was cancelled, or took too long.',
};

const press = async (button, form) => {
  const fields = new URLSearchParams();
  for (const name of ['__RequestVerificationToken', 'name']) {
    const field = form.elements.namedItem(name);
    if (field) { fields.set(name, field.value); }
  }
  const answer = await fetch(button.dataset.options, { method: 'POST', body: fields });
  if (answer.status === 403) {
    // We must ask first who it is. That is a page, and comes as the answer to the form.
    form.submit();
    return;
  }
  if (!answer.ok) { throw new Error(answer.status === 400 ? await answer.text() : 'It does not work just now.'); }
  const credential = await ceremonies[button.dataset.passkey](await answer.json());
  form.elements.namedItem(button.dataset.field).value = JSON.stringify(credential);
  form.submit();
};

for (const button of globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON
  ? document.querySelectorAll('[data-passkey]') : []) {
  const form = button.form;
  const status = form.querySelector('[data-passkey-status]');
  form.querySelector('[data-passkey-missing]')?.remove();
  button.hidden = false;
  button.addEventListener('click', async event => {
    event.preventDefault();
    if (button.dataset.passkey === 'create' && !form.reportValidity()) { return; }
    status.textContent = '';
    try {
      await press(button, form);
    } catch (failure) {
      status.textContent = sentences[failure.name] ?? failure.message;
    }
  });
}
