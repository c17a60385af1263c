// <lineage-graph src="/api/v1/lineage?node=..." focus="id">: the graph as focusable, printable, themable SVG.
// The answer is {nodes, edges, total_nodes}; which fields of a node are shown stands in docs/design.md.
import { Graph, clip, html, svg, wrap } from "./js/graph.js";
import { asList, fillPanel, legend } from "./js/lineage-panel.js";
import { announce } from "./js/toast.js";
import { wordsOf } from "./js/words.js";
import { layered } from "./layout.js";

// On a phone three columns of small boxes with two lines stand side by side, and the picture is as high as it needs.
const DESK = { W: 168, H: 46, gx: 66, gy: 13, pad: 28, up: 2, dn: 3 };
const HAND = { W: 112, H: 62, gx: 26, gy: 12, pad: 15, up: 1, dn: 1, hops: true };
const MOST_HOPS = 6;
const PANEL_WIDTH = 296;
const LEAST_ZOOM = 0.15;
const READABLE = 0.62;
const STEP = 90;
const PHONE = matchMedia("(max-width: 760px)");

class Lineage extends HTMLElement {
  shape = PHONE.matches ? HAND : DESK;
  depth = { up: this.shape.up, dn: this.shape.dn };
  extra = new Set();
  view = { x: 0, y: 0, z: 1 };
  impact = false;

  async connectedCallback() {
    this.say = wordsOf(this);
    this.canvas = this.querySelector(".lcanvas");
    this.panel = this.querySelector(".lpanel");
    this.bar = this.closest(".lin")?.querySelector(".lbar");
    this.stop = new AbortController();
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { Accept: "application/json" }, signal: this.stop.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const data = await answer.json();
      this.graph = new Graph(data);
      this.graph.total = data.total_nodes ?? data.nodes.length;
    } catch (error) {
      if (error.name !== "AbortError") this.fail();
      return;
    }
    this.focusId = this.getAttribute("focus");
    if (!this.graph.nodes.has(this.focusId)) this.focusId = this.graph.nodes.keys().next().value;
    if (!this.focusId) return this.fail();
    this.chosen = this.focusId;
    this.wire();
    this.draw(true);
  }

  disconnectedCallback() {
    this.stop?.abort();
  }

  fail() {
    this.canvas.removeAttribute("aria-busy");
    this.canvas.replaceChildren(html("p", { class: "empty" }, this.say("failed")));
  }

  visible() {
    const { graph, focusId, depth } = this;
    const shown = new Set([focusId, ...graph.walk(focusId, graph.inn, depth.up).keys(), ...graph.walk(focusId, graph.out, depth.dn).keys(), ...this.extra]);
    if (depth.up >= 3 && depth.dn >= 3) {
      // Deep on both sides: show also what the shown ones come from, or half the picture hangs in the air.
      for (let round = 0; round < 3; round += 1) for (const id of [...shown]) for (const before of graph.inn.get(id) ?? []) shown.add(before);
    }
    return shown;
  }

  draw(fit) {
    const shown = this.visible();
    const edges = this.graph.edges.filter((edge) => shown.has(edge.from) && shown.has(edge.to));
    const plan = layered([...shown], edges.map((edge) => [edge.from, edge.to, edge.kind]), this.focusId, this.shape);
    this.size = { w: plan.width, h: plan.height };
    this.dataset.layout = `${shown.size} nodes, ${plan.crossings} crossings`;
    this.root = svg("g");
    this.svg = svg("svg", { role: "group", "aria-label": this.say("graph", shown.size, { name: this.graph.nodes.get(this.focusId).name }) }, this.root);
    this.lines = plan.paths.map(({ edge: [from, to, kind], d }) => {
      const line = svg("path", { class: `lg-e ${kind ?? ""}`, d });
      this.root.append(line);
      return { from, to, line };
    });
    this.boxes = new Map();
    for (const id of shown) this.drawNode(this.graph.nodes.get(id), plan.positions.get(id), shown);
    this.canvas.replaceChildren(this.svg, legend(this.graph, shown, this.say));
    this.canvas.removeAttribute("aria-busy");
    this.showPanel();
    if (fit) this.fit(true);
    else this.move();
    this.mark();
    this.label("up", "[data-lin-up]", "up");
    this.label("dn", "[data-lin-dn]", "down");
  }

  label(side, selector, word) {
    const output = this.bar?.querySelector(selector);
    if (output) output.textContent = this.say(word, this.depth[side]);
  }

  drawNode(node, at, shown) {
    const { W, H } = this.shape;
    const x = at.x - W / 2;
    const y = at.y - H / 2;
    Object.assign(node, { x: at.x, y: at.y });
    const hand = this.shape === HAND;
    const graded = Boolean(node.grade) && !hand;
    const left = graded ? 45 : hand ? 12 : 15;
    const title = hand ? wrap(node.name, W - left - 7, 2) : [clip(node.name, W - left - 9)];
    const below = [hand && node.grade, node.domain_label || node.kind_label || node.kind, node.freshness].filter(Boolean).join(" · ");
    const small = clip(below, W - left - (hand ? -8 : 2));
    const cut = title.join(" ") !== node.name || small !== below;
    const box = svg("g", {
      class: ["lg-n", node.kind, node.hue_class ?? "", node.id === this.focusId ? "foc" : ""].join(" ").trim(),
      transform: `translate(${x} ${y})`, tabindex: node.id === this.chosen ? 0 : -1, role: "button",
      "aria-description": cut ? `${node.name}, ${below}` : undefined, "data-id": node.id,
    }, svg("rect", { class: "bx", width: W, height: H, rx: 11 }));
    if (graded) box.append(svg("rect", { class: "gb", x: 7, y: 8, width: 30, height: 30, rx: 8 }), svg("text", { class: "gr", x: 22, y: 27.5 }, node.grade), " ");
    if (hand && node.hue_class) box.append(svg("rect", { class: "gs", x: 4, y: 10, width: 3, height: H - 20, rx: 1.5 }));
    const first = H / 2 + 12 - 7.5 * (title.length + 1);
    title.forEach((line, index) => box.append(svg("text", { x: left, y: first + 15 * index }, line), " "));
    box.append(svg("text", { class: "s", x: left, y: first + 15 * title.length }, small));
    if (node.late) box.append(svg("circle", { class: "late", cx: W - 12, cy: 12, r: 4 }, svg("title", {}, this.say("late"))));
    this.root.append(box);
    this.boxes.set(node.id, box);
    for (const [side, links, edge] of [["dn", this.graph.out, W], ["up", this.graph.inn, 0]]) {
      const count = this.graph.hidden(node.id, links, shown);
      if (!count) continue;
      this.root.append(svg("g", {
        class: "lg-x", transform: `translate(${x + edge} ${at.y})`, "data-more": node.id, "data-side": side, role: "button", tabindex: -1,
        "aria-label": this.say(side === "dn" ? "moreDown" : "moreUp", count, { name: node.name }),
      }, svg("circle", { r: 11 }), svg("text", { y: 3.8 }, `+${count}`)));
    }
  }

  move() {
    const { x, y, z } = this.view;
    this.root.setAttribute("transform", `translate(${x} ${y}) scale(${z})`);
    this.svg.classList.toggle("far", z < 0.74);
  }

  /** All of it; `readable` keeps letters legible and puts the focus in the middle instead, on a phone. */
  fit(readable) {
    const { pad } = this.shape;
    const hand = this.shape === HAND;
    const room = this.canvas.getBoundingClientRect();
    const width = room.width - (this.panel.hidden || hand ? 0 : PANEL_WIDTH);
    const across = (width - pad * 2) / this.size.w;
    const wanted = hand ? across : Math.min(across, (room.height - pad * 2) / this.size.h);
    const z = Math.max(readable && hand ? READABLE : LEAST_ZOOM, Math.min(wanted, 1.15));
    const height = hand ? this.grow(z) : room.height;
    const focus = this.graph.nodes.get(this.focusId);
    const place = (whole, all, at) => (whole * z <= all ? (all - whole * z) / 2 : all / 2 - at * z);
    this.view = { z, x: place(this.size.w, width, focus.x), y: place(this.size.h, height, focus.y) };
    this.canvas.removeAttribute("data-held");
    this.move();
  }

  /** On a phone the page scrolls past a picture that is as high as it is drawn; gives the height above the legend. */
  grow(z) {
    const height = this.size.h * z + this.shape.pad * 2;
    this.canvas.style.blockSize = `${Math.ceil(height + this.canvas.querySelector(".lleg").offsetHeight)}px`;
    return height;
  }

  zoom(factor, cx, cy) {
    const room = this.canvas.getBoundingClientRect();
    const px = cx ?? room.width / 2;
    const py = cy ?? room.height / 2;
    const z = Math.max(LEAST_ZOOM, Math.min(2.5, this.view.z * factor));
    this.canvas.dataset.held = ""; // zoomed by hand: a finger moves the picture, not the page
    this.view = { z, x: px - ((px - this.view.x) * z) / this.view.z, y: py - ((py - this.view.y) * z) / this.view.z };
    this.move();
  }

  pan(x, y) {
    this.view.x += x;
    this.view.y += y;
    this.move();
  }

  /** Move the picture as little as it takes to see a node whole. */
  reveal(id) {
    const { W, H, pad } = this.shape;
    const { x, y, z } = this.view;
    const room = this.canvas.getBoundingClientRect();
    const node = this.graph.nodes.get(id);
    const inside = (at, half, most) => Math.max(0, pad - (at - half)) - Math.max(0, at + half - (most - pad));
    this.pan(inside(x + node.x * z, (W / 2) * z, room.width), inside(y + node.y * z, (H / 2) * z, room.height));
    this.boxes.get(id)?.scrollIntoView?.({ block: "nearest" });
  }

  /** Bring out what the chosen node comes from and goes to; in impact mode only what it goes to. */
  mark() {
    const up = this.graph.walk(this.chosen, this.graph.inn);
    const down = this.graph.walk(this.chosen, this.graph.out);
    const isDown = (id) => id === this.chosen || down.has(id);
    const isUp = (id) => id === this.chosen || up.has(id);
    const dim = this.chosen !== this.focusId || this.impact;
    for (const [id, box] of this.boxes) {
      box.classList.toggle("sel", id === this.chosen);
      box.classList.toggle("dim", dim && !(this.impact ? isDown(id) : isDown(id) || isUp(id)));
      box.classList.toggle("imp", this.impact && down.has(id));
      box.setAttribute("tabindex", id === this.chosen ? 0 : -1);
      box.setAttribute("aria-pressed", String(id === this.chosen));
    }
    for (const { from, to, line } of this.lines) {
      const onDown = isDown(from) && isDown(to);
      const onPath = onDown || (isUp(from) && isUp(to));
      line.classList.toggle("on", !this.impact && dim && onPath);
      line.classList.toggle("imp", this.impact && onDown);
      line.classList.toggle("dim", dim && !(this.impact ? onDown : onPath));
    }
  }

  showPanel() {
    this.panel.hidden = this.chosen === this.focusId && !this.impact;
    fillPanel(this.panel, this.graph, this.graph.nodes.get(this.chosen), this.impact, () => this.choose(this.focusId, true), this.say);
  }

  choose(id, focus) {
    if (id === this.focusId && this.impact && this.chosen === id) this.toggleImpact();
    this.chosen = id;
    this.mark();
    this.showPanel();
    if (!focus) return;
    this.boxes.get(id)?.focus({ preventScroll: true });
    this.reveal(id);
  }

  find(text) {
    const wanted = text.trim().toLowerCase();
    let first;
    let number = 0;
    for (const [id, box] of this.boxes) {
      const hit = wanted && this.graph.nodes.get(id).name.toLowerCase().includes(wanted);
      box.classList.toggle("hit", Boolean(hit));
      if (!hit) continue;
      number += 1;
      first ??= this.graph.nodes.get(id);
    }
    if (wanted) announce(this.say("found", number));
    if (!first) return;
    const room = this.canvas.getBoundingClientRect();
    this.view.x = room.width / 2 - first.x * this.view.z;
    this.view.y = room.height / 2 - first.y * this.view.z;
    this.move();
  }

  toggleImpact() {
    this.impact = !this.impact;
    this.bar?.querySelector("[data-lin=impact]")?.setAttribute("aria-pressed", String(this.impact));
    this.mark();
    this.showPanel();
    this.fit(true);
    if (this.impact) announce(this.panel.querySelector(".impact")?.textContent ?? "");
  }

  toggleList(button) {
    const on = this.classList.toggle("aslist");
    button?.setAttribute("aria-pressed", String(on));
    this.querySelector(".llist")?.remove();
    if (on) this.append(asList(this.graph, this.focusId, this.say));
    else this.fit(true);
  }

  deeper(side, by) {
    this.depth[side] = Math.max(0, Math.min(MOST_HOPS, this.depth[side] + by));
    this.draw(true);
  }

  /** The picture as a file; the colours are written into it, since the sheet stays behind. */
  save() {
    const copy = this.svg.cloneNode(true);
    const room = this.canvas.getBoundingClientRect();
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("viewBox", `0 0 ${Math.round(room.width)} ${Math.round(room.height)}`);
    const originals = this.svg.querySelectorAll("*");
    copy.querySelectorAll("*").forEach((element, index) => {
      const style = getComputedStyle(originals[index]);
      for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font", "text-anchor", "display"]) element.setAttribute(name, style.getPropertyValue(name));
    });
    const link = html("a", { download: "lineage.svg", href: URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  command(name, button) {
    switch (name) {
      case "up-": return this.deeper("up", -1);
      case "up+": return this.deeper("up", 1);
      case "dn-": return this.deeper("dn", -1);
      case "dn+": return this.deeper("dn", 1);
      case "fit": return this.fit();
      case "left": return this.pan(STEP, 0);
      case "right": return this.pan(-STEP, 0);
      case "higher": return this.pan(0, STEP);
      case "lower": return this.pan(0, -STEP);
      case "in": return this.zoom(1.25);
      case "out": return this.zoom(0.8);
      case "impact": return this.toggleImpact();
      case "list": return this.toggleList(button);
      case "svg": return this.save();
      default: return undefined;
    }
  }

  wire() {
    const { signal } = this.stop;
    this.bar?.addEventListener("click", (event) => {
      const button = event.target.closest("[data-lin]");
      if (button) this.command(button.dataset.lin, button);
    }, { signal });
    this.bar?.querySelector("[data-lin-q]")?.addEventListener("input", (event) => this.find(event.target.value), { signal });
    this.canvas.addEventListener("click", (event) => this.press(event.target), { signal });
    this.canvas.addEventListener("dblclick", (event) => this.open(event.target.closest("[data-id]")?.dataset.id), { signal });
    this.addEventListener("keydown", (event) => {
      if (event.shiftKey ? this.shifted(event.key, event.target) : this.key(event.key, event.target)) {
        event.preventDefault();
        event.stopPropagation();
      }
    }, { signal });
    this.wirePan(signal);
    PHONE.addEventListener("change", () => this.reshape(), { signal });
  }

  /** The window became a phone's, or a desk's. */
  reshape() {
    this.shape = PHONE.matches ? HAND : DESK;
    this.depth = { up: this.shape.up, dn: this.shape.dn };
    this.canvas.style.blockSize = "";
    this.draw(true);
  }

  wirePan(signal) {
    let from;
    this.canvas.addEventListener("wheel", (event) => {
      if (!(event.ctrlKey || event.metaKey)) return; // a plain wheel scrolls the page; Ctrl and a pinch zoom
      event.preventDefault();
      const room = this.canvas.getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY * 0.01), event.clientX - room.left, event.clientY - room.top);
    }, { passive: false, signal });
    this.canvas.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY, this.view.x, this.view.y]; }, { signal });
    addEventListener("pointermove", (event) => {
      if (!from) return;
      this.view.x = from[2] + event.clientX - from[0];
      if (this.shape === DESK || "held" in this.canvas.dataset) this.view.y = from[3] + event.clientY - from[1];
      this.move();
    }, { signal });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => { from = undefined; }, { signal });
  }

  press(target) {
    const more = target.closest("[data-more]");
    if (more) {
      for (const id of (more.dataset.side === "dn" ? this.graph.out : this.graph.inn).get(more.dataset.more)) this.extra.add(id);
      return this.draw(false);
    }
    const node = target.closest("[data-id]");
    return node && this.choose(node.dataset.id);
  }

  open(id) {
    const href = id && this.graph.nodes.get(id).href;
    if (href) location.assign(href);
  }

  /** Arrows walk the edges, up and down stay in the column; says whether the key was ours. */
  key(key, target) {
    if (target.closest(".llist, .lpanel")) return false;
    const current = this.graph.nodes.get(this.chosen);
    switch (key) {
      case "ArrowRight": return this.nearest(this.graph.out.get(this.chosen), current);
      case "ArrowLeft": return this.nearest(this.graph.inn.get(this.chosen), current);
      case "ArrowDown": return this.sibling(current, 1);
      case "ArrowUp": return this.sibling(current, -1);
      case "Enter": this.open(this.chosen); return true;
      case "Escape": this.choose(this.focusId, true); return true;
      case "+": case "=": this.zoom(1.2); return true;
      case "-": this.zoom(0.83); return true;
      case "0": this.fit(); return true;
      case "i": this.toggleImpact(); return true;
      case "e": {
        const stub = this.root.querySelector(`[data-more="${CSS.escape(this.chosen)}"]`);
        if (stub) { this.press(stub); this.boxes.get(this.chosen)?.focus({ preventScroll: true }); }
        return true;
      }
      default: return false;
    }
  }

  /** With Shift the arrows move the picture; "+" may need it, too. */
  shifted(key, target) {
    const by = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "higher", ArrowDown: "lower" }[key];
    if (!by || target.closest(".llist, .lpanel")) return this.key(key === "+" ? key : "", target);
    this.command(by);
    return true;
  }

  nearest(ids, current) {
    const found = (ids ?? []).filter((id) => this.boxes.has(id));
    found.sort((a, b) => Math.abs(this.graph.nodes.get(a).y - current.y) - Math.abs(this.graph.nodes.get(b).y - current.y));
    if (found.length) this.choose(found[0], true);
    return true;
  }

  sibling(current, by) {
    const column = [...this.boxes.keys()].filter((id) => Math.abs(this.graph.nodes.get(id).x - current.x) < 20);
    column.sort((a, b) => this.graph.nodes.get(a).y - this.graph.nodes.get(b).y);
    this.choose(column[(column.indexOf(this.chosen) + by + column.length) % column.length], true);
    return true;
  }
}

customElements.define("lineage-graph", Lineage);
