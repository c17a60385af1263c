import { wordsOf } from "../js/words.js";

/** Sort the shown rows by a column, and copy them as a spreadsheet takes them. */
export function startRows() {
  prepare();
  document.addEventListener("htmx:after:swap", prepare);
  document.addEventListener("click", (event) => {
    const sorter = event.target.closest?.("[data-lab-sort]");
    if (sorter) sort(sorter.closest("th"));
    const copier = event.target.closest?.("[data-lab-copy]");
    if (copier) copy();
  });
}

const NUMBER = /^(int|float|numeric)/;

function prepare() {
  for (const head of document.querySelectorAll("[data-sortable] thead th")) {
    if (head.querySelector("button")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.labSort = "";
    const type = head.querySelector("small");
    button.append(...[...head.childNodes].filter((node) => node !== type));
    head.prepend(button);
  }
}

function sort(head) {
  const table = head.closest("table");
  const body = table.tBodies[0];
  const at = head.cellIndex;
  const down = head.getAttribute("aria-sort") === "ascending";
  const number = NUMBER.test(head.querySelector("small")?.textContent ?? "");
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const key = (row) => {
    const cell = row.cells[at];
    if (cell.classList.contains("null")) return null;
    return number ? Number(cell.textContent) : cell.textContent;
  };
  const order = (a, b) => (number ? a - b : a.localeCompare(b));
  const rows = [...body.rows].map((row) => [key(row), row]);
  // What is empty stands last, whichever way.
  rows.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : down ? order(b, a) : order(a, b)));
  body.append(...rows.map(([, row]) => row));
}

async function copy() {
  const table = document.querySelector("[data-sortable] table");
  const clean = (text) => text.replace(/[\t\r\n]+/g, " ");
  const heads = [...table.tHead.rows[0].cells].map((cell) => clean(cell.querySelector("button")?.textContent ?? cell.textContent));
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => (cell.classList.contains("null") ? "" : clean(cell.textContent))));
  const text = [heads, ...rows].map((line) => line.join("\t")).join("\n");
  try {
    await navigator.clipboard.writeText(text);
    say(wordsOf()("rowsCopied", rows.length));
  } catch {
    say(wordsOf()("copyRefused"));
  }
}

const say = (words) => document.dispatchEvent(new CustomEvent("toast", { detail: words }));
