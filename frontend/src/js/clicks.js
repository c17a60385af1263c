import { all, one, openDialog } from "./dom.js";
import { openPalette } from "./palette.js";
import { toast } from "./toast.js";
import { wordsOf } from "./words.js";

async function copy(button) {
  const from = button.dataset.copyFrom && one(button.dataset.copyFrom);
  const text = from ? from.textContent : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
    toast(wordsOf()("copied"));
  } catch {
    toast(wordsOf()("copyRefused"));
  }
}

function closeMenus(except) {
  for (const menu of all("details.menu[open]")) if (menu !== except) menu.open = false;
}

function facets(event) {
  const sheet = one(".facets");
  const button = event.target.closest("[data-facets]");
  if (button) button.setAttribute("aria-expanded", String(sheet.classList.toggle("open")));
  else if (sheet && !event.target.closest(".facets")) {
    sheet.classList.remove("open");
    one("[data-facets]")?.setAttribute("aria-expanded", "false");
  }
}

/** Clicks are listened to once, on the document: what a swap brings needs no wiring. */
export function startClicks() {
  document.addEventListener("click", (event) => {
    const { target } = event;
    closeMenus(target.closest("details.menu"));
    facets(event);
    const opener = target.closest("[data-open]");
    if (opener?.dataset.open === "palette") openPalette();
    else if (opener) openDialog(one(`#${opener.dataset.open}`));
    const copier = target.closest("[data-copy], [data-copy-from]");
    if (copier) copy(copier);
    if (target.tagName === "DIALOG") target.close();
  });
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = one("details.menu[open]");
      closeMenus(null);
      menu?.querySelector("summary").focus();
      one(".facets.open")?.classList.remove("open");
    }
  });
}
