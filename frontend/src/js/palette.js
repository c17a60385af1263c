import { all, one, openDialog } from "./dom.js";

let htmx;

export function openPalette() {
  const dialog = one("#palette");
  if (!dialog) return;
  openDialog(dialog);
  const input = one("input", dialog);
  input.value = "";
  input.focus();
  htmx.trigger(document.body, "palette-open");
}

function move(dialog, by) {
  const items = all(".pi", dialog);
  const at = items.findIndex((item) => item.classList.contains("on"));
  items[at]?.classList.remove("on");
  const next = items[(at + by + items.length) % items.length];
  next?.classList.add("on");
  next?.scrollIntoView({ block: "nearest" });
  const input = one("input", dialog);
  if (next?.id) input.setAttribute("aria-activedescendant", next.id);
}

/** Cmd-K or Ctrl-K; arrows choose, Enter opens. */
export function startPalette(library) {
  htmx = library;
  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    const dialog = one("#palette");
    if (!dialog?.open) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(dialog, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      event.preventDefault(); // a search field would only be emptied by it
      dialog.close();
    } else if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      (one(".pi.on", dialog) ?? one(".pi", dialog))?.click();
    }
  });
}
