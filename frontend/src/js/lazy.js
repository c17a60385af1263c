import { onContent, one } from "./dom.js";

/** The lineage renderer is fetched only when a graph is on the page, or about to be. */
export function startLineage() {
  const source = document.body.dataset.lineageSrc;
  if (!source) return;
  onContent(() => {
    if (one("lineage-graph") && !customElements.get("lineage-graph")) import(source);
  });
  document.addEventListener("pointerover", (event) => {
    if (event.target.closest?.("[data-lineage-tab]")) import(source);
  });
}
