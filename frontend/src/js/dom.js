// The few words that all modules share.
export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/** Run `act` now, and again on what each htmx swap brought. */
export function onContent(act) {
  act(document);
  document.addEventListener("htmx:after:swap", () => act(document));
}

/** Tell whether keys typed here belong to the field and not to the page. */
export function isTyping(target) {
  if (target.isContentEditable) return true;
  if (!/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return false;
  return !/^(checkbox|radio|range|button|submit)$/.test(target.type);
}

export function openDialog(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}
