import { all, one, onContent } from "./dom.js";

let timer;
const said = new WeakMap();

/** Say something to everybody, and to nobody twice: the one live region of the page. */
export function announce(text) {
  const region = one("#live");
  if (region) region.textContent = text;
}

/** Show a short word at the foot of the page and announce it. */
export function toast(text) {
  const box = one("#toast");
  if (!box || !text) return;
  box.textContent = text;
  box.classList.add("on");
  announce(text);
  clearTimeout(timer);
  timer = setTimeout(() => box.classList.remove("on"), 2600);
}

/** A server may send `HX-Trigger: {"toast": "Saved"}`; an element with data-announce speaks when its text changed. */
export function startToast() {
  document.addEventListener("toast", (event) => toast(event.detail?.value ?? event.detail));
  let first = true;
  onContent(() => {
    for (const element of all("[data-announce]")) {
      const text = element.textContent.replace(/\s+/g, " ").trim();
      if (!first && said.get(element) !== text) announce(text);
      said.set(element, text);
    }
    first = false;
  });
}
