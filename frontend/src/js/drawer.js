import { one, openDialog } from "./dom.js";

/** A link with data-drawer opens its page as a drawer; when that does not work it is a link again. */
export function startDrawer(htmx) {
  const drawer = one("#drawer");
  if (!drawer) return;

  async function show(link) {
    link.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.href, { headers: { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "dialog#drawer" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      drawer.innerHTML = await answer.text();
      htmx.process(drawer);
      drawer.setAttribute("aria-label", one("h1, h2", drawer)?.textContent.trim() ?? "");
      openDialog(drawer);
      document.dispatchEvent(new CustomEvent("htmx:after:swap"));
    } catch {
      location.assign(link.href);
    } finally {
      link.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-drawer]");
    if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    show(link);
  });
  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-close-drawer]");
    if (closer && drawer.open) {
      event.preventDefault();
      drawer.close();
    }
  });
  drawer.addEventListener("close", () => drawer.replaceChildren());
}
