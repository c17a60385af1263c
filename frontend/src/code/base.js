import { EditorState } from "@codemirror/state";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The names of the page's colours reach into the shadow; both themes follow by themselves.
const look = EditorView.theme({
  "&": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--field)", borderRadius: "12px", fontSize: "13.5px" },
  "&.cm-focused": { outline: "2px solid var(--acc)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", borderRadius: "12px" },
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
  { tag: [tags.keyword, tags.operatorKeyword, tags.definition(tags.propertyName)], color: "var(--acc)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--warn)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--bad)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--ink3)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.meta, tags.separator], color: "var(--ink2)" },
]);

// Typing over marked words: the browser would keep their look by an inline style, which the
// content security policy refuses with a complaint. So it is done here.
const typeOver = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    if (event.inputType !== "insertText" || !event.data || /^['"([{]$/.test(event.data) || view.state.selection.main.empty) return false;
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

/** Put an editor before a text area, which stays what the form sends; each takes what the other is given. */
export function editorOver(host, area, label, extensions) {
  // In a shadow the styles are adopted sheets, which a strict content security policy allows.
  const root = host.attachShadow({ mode: "open" });
  const place = document.createElement("div");
  root.append(place, document.createElement("slot"));
  // A field that is not seen cannot be pointed at by the browser: the server says that it is empty.
  area.required = false;
  let ours = false;
  const view = new EditorView({
    parent: place,
    root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        syntaxHighlighting(words), look, typeOver,
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
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
        extensions,
      ],
    }),
  });
  // What is put into the text area from elsewhere, such as a column's name, is taken over.
  area.addEventListener("input", () => {
    if (ours) return;
    const caret = area.selectionEnd;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: area.value }, selection: { anchor: caret } });
    view.focus();
  });
  host.dataset.ready = "";
  return view;
}
