// What stands beside the graph: the panel of the chosen node, the legend, and the list that says the same in words.
import { html, svg } from "./graph.js";

const FACTS = [["grade", "DATSIS grade"], ["freshness", "Fresh"], ["classification", "Class"], ["owner", "Owner"], ["platform", "Platform"]];
const EDGES = [["declared", "declared"], ["granted", "granted"], ["observed", "observed"]];
const KINDS = { source: "Source system", consumer: "Consumer", product: "Data product", port: "Output port", column: "Column", dataset: "Dataset", job: "Job" };

export const kindWord = (node) => node.kind_label ?? KINDS[node.kind] ?? node.kind;
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** Fill the panel for a node; with `impact` it says who would feel a breaking change there. */
export function fillPanel(panel, graph, node, impact, close) {
  const down = [...graph.walk(node.id, graph.out).keys()].map((id) => graph.nodes.get(id));
  const up = graph.walk(node.id, graph.inn).size;
  const facts = FACTS.filter(([key]) => node[key]).map(([key, label]) => [label, node[key]]);
  facts.push(["Upstream", String(up)], ["Downstream", String(down.length)]);
  const button = html("button", { type: "button", class: "ib shut", "aria-label": "Close details" }, "✕");
  button.addEventListener("click", close);
  panel.replaceChildren(
    ...[
      html("p", { class: "eb" }, [node.domain_label, kindWord(node)].filter(Boolean).join(" · ")),
      html("h3", {}, node.name),
      impact ? impactBox(down) : null,
      html("dl", {}, ...facts.map(([label, value]) => html("div", {}, html("dt", {}, label), html("dd", {}, value)))),
      node.href ? html("div", { class: "acts" }, html("a", { class: "btn ghost", href: node.href }, "Open")) : null,
      button,
    ].filter(Boolean),
  );
}

function impactBox(down) {
  const products = down.filter((node) => node.kind !== "consumer").length;
  const consumers = down.length - products;
  const domains = new Set(down.map((node) => node.domain).filter(Boolean)).size;
  return html("div", { class: "impact" },
    html("b", {}, plural(products, "product")),
    html("span", {}, `${plural(consumers, "end consumer")} in ${plural(domains, "domain")} would feel a breaking change here.`),
    html("ul", {}, ...byDomain(down)));
}

function byDomain(down) {
  const counts = new Map();
  for (const node of down) {
    const label = node.domain_label || "Outside any domain";
    const kept = counts.get(label) ?? { hue: node.hue_class ?? "", count: 0 };
    counts.set(label, { ...kept, count: kept.count + 1 });
  }
  return [...counts].sort((a, b) => b[1].count - a[1].count).map(([label, { hue, count }]) =>
    html("li", { class: hue }, html("i", { class: `sw ${hue}` }), ` ${label} `, html("b", {}, String(count))));
}

/** Domains by colour, edges by dash: colour is never alone. */
export function legend(graph, shown) {
  const domains = new Map();
  for (const id of shown) {
    const node = graph.nodes.get(id);
    if (node.domain_label) domains.set(node.domain_label, node.hue_class ?? "");
  }
  const kinds = new Set(graph.edges.filter((edge) => shown.has(edge.from) && shown.has(edge.to)).map((edge) => edge.kind));
  return html("div", { class: "lleg" },
    ...[...domains].sort().map(([label, hue]) => html("span", { class: hue }, html("i", { class: `sw ${hue}` }), label)),
    ...EDGES.filter(([kind]) => kinds.has(kind)).map(([kind, label]) => html("span", {}, svg("svg", { viewBox: "0 0 22 8", "aria-hidden": "true" }, svg("path", { class: `lg-e ${kind}`, d: "M0 4H22" })), label)),
    html("span", { class: "mut" }, `${shown.size} of ${graph.total} nodes`));
}

/** Upstream and downstream as two lists, nearest first. */
export function asList(graph, focus) {
  const column = (head, links) => {
    const found = [...graph.walk(focus, links)].sort((a, b) => a[1] - b[1]);
    const items = found.map(([id, hops]) => {
      const node = graph.nodes.get(id);
      return html("li", { class: node.hue_class ?? "" },
        html("span", { class: "hop", title: plural(hops, "hop") }, String(hops)),
        node.href ? html("a", { href: node.href }, node.name) : html("span", {}, node.name),
        html("small", {}, [node.domain_label, kindWord(node)].filter(Boolean).join(" · ")));
    });
    return html("section", {}, html("h3", {}, head, " ", html("span", { class: "mut" }, String(found.length))), found.length ? html("ol", {}, ...items) : html("p", { class: "mut" }, "Nothing known."));
  };
  return html("div", { class: "llist", tabindex: "0", role: "region", "aria-label": "Lineage as a list" }, column("Upstream", graph.inn), column("Downstream", graph.out));
}
