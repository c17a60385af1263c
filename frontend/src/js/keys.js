import { all, isTyping, one, onContent, openDialog } from "./dom.js";
import { switchTheme } from "./theme.js";
import { toast } from "./toast.js";
import { wordsOf } from "./words.js";

const OFF = "emporion-keys-off";
let prefix = "";
let timer;

const RESULTS = "emporion-results";
const PRODUCT = "[data-row] :is(h2, h3) a[href^='/products/']";
const rows = () => all("[data-row]");
const inHand = () => one(PRODUCT.replace("[data-row]", "[data-row].cur"));
const productOf = (path) => path.split("/").slice(0, 3).join("/");

/** A list of products is kept for this tab, so that its pages can be walked from one to the next. */
function keepResults() {
  const found = all(PRODUCT).map((link) => productOf(link.pathname));
  if (found.length && !location.pathname.startsWith("/products/")) sessionStorage.setItem(RESULTS, JSON.stringify(found));
}

/** From a product to the one before or after it in the list that was looked at last. */
function neighbour(by) {
  if (!location.pathname.startsWith("/products/")) return false;
  const kept = JSON.parse(sessionStorage.getItem(RESULTS) ?? "[]");
  const at = kept.indexOf(productOf(location.pathname));
  const next = at < 0 ? undefined : kept[at + by];
  if (next) location.assign(next);
  else toast(wordsOf()(at < 0 ? "noResults" : by > 0 ? "lastResult" : "firstResult"));
  return true;
}

/** Follow the product in hand: doing it twice changes nothing. */
function followRow() {
  const link = inHand();
  if (!link) return false;
  const { "X-CSRFToken": token } = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
  const key = productOf(link.pathname).split("/")[2];
  fetch(`/api/v1/follows/${key}`, { method: "PUT", headers: { "X-CSRFToken": token, "Content-Type": "application/json" }, body: "{}" })
    .then((answer) => toast(answer.ok ? wordsOf()("followed", 0, { name: link.textContent.trim() }) : wordsOf()("refused", answer.status)))
    .catch(() => toast(wordsOf()("silent")));
  return true;
}

function step(by) {
  const list = rows();
  if (!list.length) return;
  const at = list.findIndex((row) => row.classList.contains("cur"));
  list[at]?.classList.remove("cur");
  const next = list[Math.max(0, Math.min(list.length - 1, at + by))];
  next.classList.add("cur");
  next.scrollIntoView({ block: "nearest" });
  one("a, button", next)?.focus({ preventScroll: true });
}

/** An element says which keys press it: data-key="d r". The row in hand comes before the page. */
function press(key) {
  const wanted = `[data-key~="${CSS.escape(key)}"]`;
  const row = rows().find((one_) => one_.classList.contains("cur"));
  const element = (row && one(wanted, row)) ?? all(wanted).find((item) => !item.closest("[data-row]"));
  if (!element) return false;
  element.matches("input:not([type=checkbox]), textarea, select") ? element.focus() : element.click();
  return true;
}

/** A look at the row in hand, as a drawer: the page /peek below the row's own. */
function peek() {
  const link = inHand();
  if (!link) return false;
  const look = document.createElement("a");
  look.href = `${link.pathname}/peek`;
  look.dataset.drawer = "";
  look.hidden = true;
  link.after(look);
  look.click();
  look.remove();
  return true;
}

function act(key) {
  if (prefix === "g") {
    const link = one(`[data-go="${CSS.escape(key)}"]`);
    if (link) link.click();
    return Boolean(link);
  }
  switch (key) {
    case "/": {
      const search = one("[data-search]");
      search?.focus();
      search?.select?.();
      return Boolean(search);
    }
    case " ": return peek();
    case "j": return step(1) ?? true;
    case "k": return step(-1) ?? true;
    case "t": return switchTheme() ?? true;
    case "[": return neighbour(-1);
    case "]": return neighbour(1);
    case "w": case "s": return press(key) || followRow();
    case "?": return openDialog(one("#keys")) ?? true;
    default: return press(key);
  }
}

/** Off in this browser (its own box), or for the account (settings, on every page's body). */
const isOff = () => localStorage.getItem(OFF) === "1" || document.body.dataset.keys === "off";

/** Single keys, off inside fields, and off altogether when the reader says so (WCAG 2.1.4). */
export function startKeys() {
  onContent(keepResults);
  const box = one("#keys-off");
  if (box) {
    box.checked = localStorage.getItem(OFF) === "1";
    box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "1" : "0"));
  }
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
    // What is typed inside a shadow (the lab's editor) arrives with its host as the target.
    if (isTyping(event.composedPath()[0])) {
      if (event.key === "Escape" && event.target.matches("[data-search]")) event.target.blur();
      return;
    }
    if (isOff() || one("dialog[open]") || event.target.closest?.("lineage-graph")) return;
    clearTimeout(timer);
    if (event.key === "g" && prefix === "") {
      prefix = "g";
      timer = setTimeout(() => { prefix = ""; }, 900);
      return;
    }
    if (event.key.length === 1 && act(event.key)) event.preventDefault();
    prefix = "";
  });
}
