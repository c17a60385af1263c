import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The names of the page's colours reach into the shadow; both themes follow by themselves.
const look = EditorView.theme({
  "&": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--field)", borderRadius: "12px", fontSize: "13.5px" },
  "&.cm-focused": { outline: "2px solid var(--acc)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", minHeight: "190px", maxHeight: "46vh", borderRadius: "12px" },
  ".cm-content": { padding: "11px 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink3)", border: "0" },
  ".cm-activeLine": { backgroundColor: "color-mix(in oklch, var(--sunk) 60%, transparent)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--acc-soft)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--mark)", color: "inherit" },
  ".cm-tooltip": { backgroundColor: "var(--lift)", color: "var(--ink)", border: "1px solid var(--line2)", borderRadius: "10px", boxShadow: "var(--sh)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "15em", borderRadius: "10px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 10px", lineHeight: "1.4" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--acc)", color: "var(--acc-ink)" },
  ".cm-completionDetail": { color: "inherit", opacity: ".8", fontStyle: "normal", marginLeft: "1.4em" },
  ".cm-completionInfo": { padding: "8px 12px", maxWidth: "340px", fontFamily: "var(--body)", fontSize: "13px", lineHeight: "1.45" },
});
const words = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--acc)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--warn)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--bad)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--ink3)", fontStyle: "italic" },
  { tag: tags.typeName, color: "var(--ink2)" },
]);

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
    // In a shadow the styles are adopted sheets, which a strict content security policy allows.
    const root = this.attachShadow({ mode: "open" });
    const place = document.createElement("div");
    root.append(place, document.createElement("slot"));
    let ours = false;
    this.view = new EditorView({
      parent: place,
      root,
      state: EditorState.create({
        doc: area.value,
        extensions: [
          lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(),
          autocompletion({ icons: false }),
          sql({ dialect: PostgreSQL, upperCaseKeywords: true, ...schema() }),
          syntaxHighlighting(words), look, EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "SQL", spellcheck: "false", autocapitalize: "off" }),
          // Typing over marked words: the browser would keep their look by an inline style, which the
          // content security policy refuses with a complaint. So it is done here.
          EditorView.domEventHandlers({
            beforeinput: (event, view) => {
              if (event.inputType !== "insertText" || !event.data || /^['"([{]$/.test(event.data) || view.state.selection.main.empty) return false;
              view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
              return true;
            },
          }),
          // The page sends the form on Mod-Enter; here it must only not break the line.
          Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => true }, { key: "Tab", run: acceptCompletion }, { key: "Mod-/", run: toggleComment }])),
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) {
              ours = true;
              area.value = update.state.doc.toString();
              area.dispatchEvent(new Event("input", { bubbles: true }));
              ours = false;
            }
            if (update.docChanged || update.selectionSet) {
              const { from, to } = update.state.selection.main;
              area.setSelectionRange(from, to);
            }
          }),
        ],
      }),
    });
    // A column's name from the left is put into the text area: take it over.
    area.addEventListener("input", () => {
      if (ours) return;
      const caret = area.selectionEnd;
      this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: area.value }, selection: { anchor: caret } });
      this.view.focus();
    });
    this.dataset.ready = "";
  }
}

export function startEditor() {
  customElements.define("sql-editor", SqlEditor);
  // What the text would give is asked for once at the start.
  document.querySelector("#sql")?.dispatchEvent(new Event("input", { bubbles: true }));
}
