import { acceptCompletion, autocompletion, completeFromList, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore, toggleComment } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { editorOver } from "./base.js";

const size = EditorView.theme({
  ".cm-scroller": { minHeight: "320px", maxHeight: "76vh" },
  ".cm-gutter-lint": { width: "22px" },
  ".cm-tooltip-lint": { padding: "2px 0", fontFamily: "var(--body)", fontSize: "13px", maxWidth: "420px" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
});

/** What the server found wrong stands beside the editor as a list, each with its line. */
function found(doc) {
  return [...document.querySelectorAll("[data-line][data-says]")].map((item) => {
    const line = doc.line(Math.min(Math.max(1, Number(item.dataset.line)), doc.lines));
    const text = line.text.trimStart();
    const from = line.to - text.length;
    return { from, to: line.to, severity: "error", message: item.dataset.says };
  });
}

class YamlEditor extends HTMLElement {
  connectedCallback() {
    const area = this.querySelector("textarea");
    if (!area || this.view) return;
    const known = (this.dataset.words ?? "").split(" ").filter(Boolean).map((label) => ({ label, type: "keyword" }));
    const view = editorOver(this, area, "YAML", [
      lintGutter(), lineNumbers(), history(), drawSelection(), highlightActiveLine(),
      autocompletion({ icons: false, override: [completeFromList(known)] }),
      yaml(), indentUnit.of("  "), size,
      // Tab keeps going to the next field unless something is being completed: no key is a trap (WCAG 2.1.2).
      Prec.highest(keymap.of([
        { key: "Mod-Enter", run: () => true }, { key: "Tab", run: acceptCompletion }, { key: "Mod-/", run: toggleComment },
        { key: "Mod-]", run: indentMore }, { key: "Mod-[", run: indentLess },
      ])),
      keymap.of([...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
    ]);
    this.view = view;
    this.mark();
  }

  /** Put the problems that are listed on the page at their lines. */
  mark() {
    this.view.dispatch(setDiagnostics(this.view.state, found(this.view.state.doc)));
  }

  /** Go to a line, so that what is wrong there can be mended. */
  goTo(number) {
    const line = this.view.state.doc.line(Math.min(Math.max(1, number), this.view.state.doc.lines));
    this.view.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    this.view.focus();
  }
}

export function startYaml() {
  customElements.define("yaml-editor", YamlEditor);
  const editor = () => document.querySelector("yaml-editor[data-ready]");
  document.addEventListener("htmx:after:swap", () => editor()?.mark());
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-go-line]");
    if (!link || !editor()) return;
    event.preventDefault();
    editor().goTo(Number(link.dataset.goLine));
  });
}
