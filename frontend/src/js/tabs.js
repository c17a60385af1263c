import { all, onContent } from "./dom.js";

const MAC = /Mac|iP(hone|ad)/.test(navigator.platform);

/** A row of tabs that is wider than the window shows the one that is open. */
function bringIntoView(root) {
  for (const tab of all(".tabs [aria-current]", root)) {
    const bar = tab.closest(".tabs");
    const [inner, outer] = [tab.getBoundingClientRect(), bar.getBoundingClientRect()];
    bar.scrollLeft += inner.left - outer.left - (bar.clientWidth - inner.width) / 2;
  }
}

/** Keys are written as most keyboards have them; on a Mac, Ctrl is the command key. */
function nameKeys(root) {
  for (const key of MAC ? all("kbd[data-mod]", root) : []) key.textContent = key.textContent.replace(/^(Ctrl|Strg) /, "⌘");
}

export function startTabs() {
  onContent(bringIntoView);
  onContent(nameKeys);
}
