// The lineage as a graph in memory, and small drawing words. No layout here (layout.js).
const SVG = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

const canvas = document.createElement("canvas").getContext("2d");

/** Cut a label to a width in px, with an ellipsis. */
export function clip(text, width) {
  canvas.font = "600 13.5px Instrument, sans-serif";
  if (canvas.measureText(text).width <= width) return text;
  let cut = text;
  while (cut.length > 2 && canvas.measureText(`${cut}…`).width > width) cut = cut.slice(0, -1);
  return `${cut.trimEnd()}…`;
}

/** Break a label into lines of a width in px; the last line is cut. */
export function wrap(text, width, most) {
  canvas.font = "600 13.5px Instrument, sans-serif";
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (!lines.at(-1) || lines.length === most || canvas.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => clip(line, width));
}

export class Graph {
  /** `nodes: [{id, kind, name, ...}]`, `edges: [{from, to, kind}]`; an edge to a node that is not given is left out. */
  constructor({ nodes, edges }) {
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
    this.edges = edges.filter((edge) => this.nodes.has(edge.from) && this.nodes.has(edge.to) && edge.from !== edge.to);
    this.out = new Map();
    this.inn = new Map();
    for (const { from, to } of this.edges) {
      if (!this.out.has(from)) this.out.set(from, []);
      if (!this.inn.has(to)) this.inn.set(to, []);
      this.out.get(from).push(to);
      this.inn.get(to).push(from);
    }
  }

  /** Everything reachable from `id` along `links` within `most` hops: id -> hops. */
  walk(id, links, most = Infinity) {
    const seen = new Map([[id, 0]]);
    const queue = [id];
    while (queue.length) {
      const current = queue.shift();
      const hops = seen.get(current);
      if (hops >= most) continue;
      for (const next of links.get(current) ?? []) {
        if (!seen.has(next)) {
          seen.set(next, hops + 1);
          queue.push(next);
        }
      }
    }
    seen.delete(id);
    return seen;
  }

  /** How many direct neighbours of `id` along `links` are not in `shown`. */
  hidden(id, links, shown) {
    return (links.get(id) ?? []).filter((next) => !shown.has(next)).length;
  }
}
