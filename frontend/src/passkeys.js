// <passkey-door>: a form whose answer comes from a device. Loaded by the pages that have one.
// data-question: where options are asked for; data-make: makes a new passkey, else proves with one;
// data-domain: the domain of passkeys; data-gone, data-failed: words when it cannot be, or was not.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const described = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function asked(options) {
  const key = { ...options, challenge: bytes(options.challenge) };
  if (options.user) key.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) key.excludeCredentials = described(options.excludeCredentials);
  if (options.allowCredentials) key.allowCredentials = described(options.allowCredentials);
  return { publicKey: key };
}

function answered(found) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (found.response[name]) response[name] = text(found.response[name]);
  }
  return JSON.stringify({
    id: found.id, rawId: text(found.rawId), type: found.type, response,
    clientExtensionResults: {}, authenticatorAttachment: found.authenticatorAttachment,
  });
}

class PasskeyDoor extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    const { domain } = this.dataset;
    const here = location.hostname === domain || location.hostname.endsWith(`.${domain}`);
    if (!window.PublicKeyCredential || !here) return this.say(this.dataset.gone);
    this.form.hidden = false;
    this.form.addEventListener("submit", (event) => this.submitted(event));
  }

  async submitted(event) {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.say("");
    try {
      const question = await fetch(this.dataset.question, { method: "POST", body: new FormData(this.form) });
      if (!question.ok) throw new Error(String(question.status));
      const options = asked(await question.json());
      const found = "make" in this.dataset ? await navigator.credentials.create(options) : await navigator.credentials.get(options);
      this.form.elements.answer.value = answered(found);
      this.form.submit();
    } catch (wrong) {
      this.busy = false;
      this.say(wrong.name === "InvalidStateError" ? this.dataset.known : this.dataset.failed);
    }
  }

  say(words) {
    const line = this.querySelector("[data-words]");
    if (!line) return;
    line.textContent = words ?? "";
    line.hidden = !words;
  }
}
customElements.define("passkey-door", PasskeyDoor);
