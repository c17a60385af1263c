import { all, one } from "./dom.js";

/** Narrow a table as one types: <input data-filter="#table">. */
function narrow(input) {
  const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of all("tbody tr", one(input.dataset.filter))) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
}

/** Put a word at the caret of an editor: <button data-insert="carrier" data-into="#sql">. */
function insert(button) {
  const editor = one(button.dataset.into);
  if (!editor) return;
  editor.focus();
  editor.setRangeText(button.dataset.insert, editor.selectionStart, editor.selectionEnd, "end");
  editor.dispatchEvent(new Event("input", { bubbles: true }));
}

/** A search box may have been typed into before this script was there: what was missed is told again. */
function catchUp() {
  for (const box of all("[data-search]")) {
    if (box.value !== box.defaultValue) box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** Mod-Enter sends the form in hand; a select marked data-autosubmit sends its own. */
export function startFields() {
  catchUp();
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-filter]")) narrow(event.target);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-autosubmit]")) event.target.form?.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (button) insert(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
    // In an open drawer it sends the drawer's form, wherever in it the focus stands.
    const form = event.target.closest("form[data-mod-enter]") ?? event.target.form ?? one("dialog[open] form[data-mod-enter]");
    if (form?.matches("[data-mod-enter]")) {
      event.preventDefault();
      form.requestSubmit(one("[type=submit][data-primary]", form) ?? undefined);
    }
  });
}
