/** A run has an id that the page chooses, so that it can be stopped before it has answered. */
export function startRun() {
  const form = document.querySelector("#labform");
  const button = form?.querySelector("[data-lab-stop]");
  if (!form) return;
  let running = "";

  const settle = (on) => {
    button.hidden = !on;
    form.querySelector("[data-primary]").disabled = on;
    form.toggleAttribute("data-running", on);
    if (!on) running = "";
  };

  async function stop() {
    if (!running) return;
    button.disabled = true;
    const headers = { "HX-Request": "true", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
    const address = form.dataset.stop.replace("00000000-0000-0000-0000-000000000000", running);
    try {
      // Asked for in the same moment as the run, it may arrive before it: then once more.
      for (let left = 20; left && running; left -= 1) {
        const answer = await fetch(address, { method: "POST", headers });
        if (answer.status !== 404) break;
        await new Promise((done) => setTimeout(done, 150));
      }
    } finally {
      button.disabled = false;
    }
  }

  form.addEventListener("submit", (event) => {
    if (running) return event.preventDefault();
    running = crypto.randomUUID();
    form.elements.run.value = running;
    return settle(true);
  }, true);
  for (const name of ["htmx:after:swap", "htmx:response:error", "htmx:error", "htmx:abort"]) {
    document.addEventListener(name, (event) => {
      const source = event.detail?.ctx?.sourceElement ?? event.target;
      if (source === form || name === "htmx:after:swap" && event.detail?.ctx?.target?.id === "result") settle(false);
    });
  }
  button.addEventListener("click", stop);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && running && !event.defaultPrevented && !document.querySelector("dialog[open]")) stop();
  });
  // Keeping is a page of its own: sent past htmx, with the text as it stands now.
  const keep = form.querySelector("[data-lab-plain]");
  const send = (event) => {
    event.preventDefault();
    form.action = keep.formAction;
    form.submit();
  };
  keep?.addEventListener("click", send);
  form.querySelector("#title")?.addEventListener("keydown", (event) => {
    if (event.key === "Enter") send(event);
  });
}
