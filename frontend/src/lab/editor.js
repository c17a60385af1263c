import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching } from "@codemirror/language";
import { Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { editorOver } from "../code/base.js";

const size = EditorView.theme({ ".cm-scroller": { minHeight: "190px", maxHeight: "46vh" } });

/** What may be completed: the relations on the left with their columns, types and meanings. */
function schema() {
  const tree = {};
  let own = {};
  for (const source of document.querySelectorAll("[data-relation]")) {
    const [space, table] = source.dataset.relation.split(".");
    if (!table) continue;
    const columns = [...source.querySelectorAll("[data-insert]")].map((button) => ({
      label: button.dataset.insert, type: "property", detail: button.dataset.type, info: button.title || undefined, boost: 60,
    }));
    (tree[space] ??= {})[table] = columns;
    if ("inUse" in source.dataset) own = { defaultSchema: space, defaultTable: table };
  }
  return { schema: tree, ...own };
}

class SqlEditor extends HTMLElement {
  connectedCallback() {
    const area = this.querySelector("textarea");
    if (!area || this.view) return;
    this.view = editorOver(this, area, "SQL", [
      lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(),
      autocompletion({ icons: false }),
      sql({ dialect: PostgreSQL, upperCaseKeywords: true, ...schema() }),
      size, EditorView.lineWrapping,
      // The page sends the form on Mod-Enter; here it must only not break the line.
      Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => true }, { key: "Tab", run: acceptCompletion }, { key: "Mod-/", run: toggleComment }])),
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
    ]);
  }
}

export function startEditor() {
  customElements.define("sql-editor", SqlEditor);
  // What the text would give is asked for once at the start.
  document.querySelector("#sql")?.dispatchEvent(new Event("input", { bubbles: true }));
}
