// What stands beside the graph: the panel of the chosen node, the legend, and the list that says the same in words.
import { html, svg } from "./graph.js";

const EDGES = ["declared", "granted", "observed"];

/** Fill the panel for a node; with `impact` it says who would feel a breaking change there. */
export function fillPanel(panel, graph, node, impact, close, say) {
  const down = [...graph.walk(node.id, graph.out).keys()].map((id) => graph.nodes.get(id));
  const up = graph.walk(node.id, graph.inn).size;
  const facts = [node.grade && [say("grade"), node.grade], [say("upstream"), String(up)], [say("downstream"), String(down.length)]];
  const button = html("button", { type: "button", class: "ib shut", "aria-label": say("close") }, "✕");
  button.addEventListener("click", close);
  panel.replaceChildren(
    ...[
      html("p", { class: "eb" }, placed(node)),
      html("h3", {}, node.name),
      impact ? impactBox(down, say) : null,
      html("dl", {}, ...facts.filter(Boolean).map(([label, value]) => html("div", {}, html("dt", {}, label), html("dd", {}, value)))),
      node.href ? html("div", { class: "acts" }, html("a", { class: "btn ghost", href: node.href }, say("open"))) : null,
      button,
    ].filter(Boolean),
  );
}

const placed = (node) => [node.domain_label, node.kind_label].filter(Boolean).join(" · ");

function impactBox(down, say) {
  const products = down.filter((node) => node.kind !== "consumer").length;
  const domains = new Set(down.map((node) => node.domain).filter(Boolean)).size;
  return html("div", { class: "impact" },
    html("b", {}, say("products", products)),
    html("span", {}, say("felt", down.length - products, { domains: say("domains", domains) })),
    html("ul", {}, ...byDomain(down, say)));
}

function byDomain(down, say) {
  const counts = new Map();
  for (const node of down) {
    const label = node.domain_label || say("outside");
    const kept = counts.get(label) ?? { hue: node.hue_class ?? "", count: 0 };
    counts.set(label, { ...kept, count: kept.count + 1 });
  }
  return [...counts].sort((a, b) => b[1].count - a[1].count).map(([label, { hue, count }]) =>
    html("li", { class: hue }, html("i", { class: `sw ${hue}` }), ` ${label} `, html("b", {}, String(count))));
}

/** Domains by colour, edges by dash: colour is never alone. */
export function legend(graph, shown, say) {
  const domains = new Map();
  for (const id of shown) {
    const node = graph.nodes.get(id);
    if (node.domain_label) domains.set(node.domain_label, node.hue_class ?? "");
  }
  const kinds = new Set(graph.edges.filter((edge) => shown.has(edge.from) && shown.has(edge.to)).map((edge) => edge.kind));
  return html("div", { class: "lleg" },
    ...[...domains].sort().map(([label, hue]) => html("span", { class: hue }, html("i", { class: `sw ${hue}` }), label)),
    ...EDGES.filter((kind) => kinds.has(kind)).map((kind) => html("span", {}, svg("svg", { viewBox: "0 0 22 8", "aria-hidden": "true" }, svg("path", { class: `lg-e ${kind}`, d: "M0 4H22" })), say(kind))),
    html("span", { class: "mut" }, say("nodes", shown.size, { total: graph.total })));
}

/** Upstream and downstream as two lists, nearest first. */
export function asList(graph, focus, say) {
  const column = (head, links) => {
    const found = [...graph.walk(focus, links)].sort((a, b) => a[1] - b[1]);
    const items = found.map(([id, hops]) => {
      const node = graph.nodes.get(id);
      return html("li", { class: node.hue_class ?? "" },
        html("span", { class: "hop", title: say("hops", hops) }, String(hops)),
        node.href ? html("a", { href: node.href }, node.name) : html("span", {}, node.name),
        html("small", {}, placed(node)));
    });
    return html("section", {}, html("h3", {}, head, " ", html("span", { class: "mut" }, String(found.length))), found.length ? html("ol", {}, ...items) : html("p", { class: "mut" }, say("nothing")));
  };
  return html("div", { class: "llist", tabindex: "0", role: "region", "aria-label": say("list") }, column(say("upstream"), graph.inn), column(say("downstream"), graph.out));
}
