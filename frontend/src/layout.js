// Layered layout for lineage: ranks are hops from the focus, so the eye reads "before | this | after".
// Four steps: ranks, dummy nodes on long edges, barycentre ordering that keeps the best sweep,
// isotonic placement in y (pool adjacent violators). No dependency.

const SWEEPS = 28;
const PASSES = 26;

/** Place boxes of W by H; gx and gy are the gaps. Gives positions, edge paths, size and crossings.
 *  With `hops` the columns are hops from the focus, so few; what links two nodes of a column is an arc beside it. */
export function layered(ids, edges, focus, { W = 168, H = 46, gx = 66, gy = 13, hops = false } = {}) {
  const out = new Map(ids.map((id) => [id, []]));
  const inn = new Map(ids.map((id) => [id, []]));
  for (const [from, to] of edges) {
    out.get(from).push(to);
    inn.get(to).push(from);
  }
  const order = topological(ids, out);
  const rank = hops ? distances(order, out, inn, focus) : ranks(order, out, inn, focus);
  const { columns, nodes, chains } = withDummies(order, edges, rank, H);
  const crossings = arrange(columns);
  place(columns, gy);
  return measure(ids, nodes, chains, columns.length, crossings, { W, gx });
}

function topological(ids, out) {
  const done = new Set();
  const order = [];
  const visit = (id) => {
    if (done.has(id)) return;
    done.add(id);
    for (const next of out.get(id)) visit(next);
    order.push(id);
  };
  ids.forEach(visit);
  return order.reverse();
}

/** Edges that close a circle point backwards in `order`; they must not push ranks for ever. */
function ranks(order, out, inn, focus) {
  const at = new Map(order.map((id, index) => [id, index]));
  const forward = (from, to) => at.get(from) < at.get(to);
  const rank = new Map([[focus, 0]]);
  for (const id of order) {
    if (!(rank.get(id) >= 0)) continue;
    for (const next of out.get(id)) if (forward(id, next)) rank.set(next, Math.max(rank.get(next) ?? 0, rank.get(id) + 1));
  }
  for (const id of [...order].reverse()) {
    if (rank.has(id)) continue;
    const after = out.get(id).filter((next) => rank.has(next) && forward(id, next)).map((next) => rank.get(next));
    if (after.length) rank.set(id, Math.min(...after) - 1);
  }
  for (const id of order) {
    const before = inn.get(id).filter((prev) => forward(prev, id));
    if (!rank.has(id)) rank.set(id, Math.max(0, ...before.map((prev) => (rank.get(prev) ?? -1) + 1)));
    for (const prev of before) if (rank.get(prev) >= rank.get(id)) rank.set(id, rank.get(prev) + 1);
  }
  return rank;
}

/** Hops from the focus, before it negative; what hangs on another node only stands one further than that. */
function distances(order, out, inn, focus) {
  const rank = new Map([[focus, 0]]);
  const spread = (links, by) => {
    const queue = [focus];
    while (queue.length) {
      const id = queue.shift();
      for (const next of links.get(id)) if (!rank.has(next)) queue.push(next) && rank.set(next, rank.get(id) + by);
    }
  };
  spread(inn, -1);
  spread(out, 1);
  for (const id of order) {
    if (rank.has(id)) continue;
    const before = inn.get(id).find((prev) => rank.has(prev));
    const after = out.get(id).find((next) => rank.has(next));
    rank.set(id, before === undefined ? (rank.get(after) ?? 1) - 1 : rank.get(before) + 1);
  }
  return rank;
}

function withDummies(order, edges, rank, H) {
  const least = Math.min(...rank.values());
  const most = Math.max(...rank.values());
  const columns = Array.from({ length: most - least + 1 }, () => []);
  const nodes = new Map();
  const chains = [];
  const add = (id, column, dummy) => {
    const node = { id, column, dummy, h: dummy ? 7 : H, before: [], after: [], y: 0, order: 0 };
    nodes.set(id, node);
    columns[column].push(node);
    return node;
  };
  const link = (from, to) => {
    from.after.push(to);
    to.before.push(from);
  };
  for (const id of order) add(id, rank.get(id) - least, false);
  edges.forEach(([from, to, ...rest], index) => {
    const chain = [nodes.get(from)];
    for (let column = chain[0].column + 1; column < nodes.get(to).column; column += 1) {
      const dummy = add(`~${index}.${column}`, column, true);
      link(chain.at(-1), dummy);
      chain.push(dummy);
    }
    if (nodes.get(to).column > chain.at(-1).column) link(chain.at(-1), nodes.get(to));
    chain.push(nodes.get(to));
    chains.push([[from, to, ...rest], chain]);
  });
  return { columns, nodes, chains };
}

const number = (columns) => columns.forEach((column) => column.forEach((node, index) => { node.order = index; }));

function countCrossings(columns) {
  let total = 0;
  for (let k = 0; k + 1 < columns.length; k += 1) {
    const links = columns[k].flatMap((node) => node.after.map((next) => [node.order, next.order]));
    links.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    for (let i = 0; i < links.length; i += 1) {
      for (let j = i + 1; j < links.length; j += 1) if (links[j][0] > links[i][0] && links[j][1] < links[i][1]) total += 1;
    }
  }
  return total;
}

function arrange(columns) {
  number(columns);
  let best = countCrossings(columns);
  let keep = columns.map((column) => [...column]);
  for (let sweep = 0; sweep < SWEEPS && best; sweep += 1) {
    const down = sweep % 2 === 0;
    const walk = down ? [...columns.keys()] : [...columns.keys()].reverse();
    for (const k of walk) {
      const share = (node) => node.order / Math.max(1, columns[node.column].length - 1);
      for (const node of columns[k]) {
        const near = down ? node.before : node.after;
        node.pull = near.length ? near.reduce((sum, other) => sum + share(other), 0) / near.length : share(node);
      }
      columns[k].sort((a, b) => a.pull - b.pull || a.order - b.order);
      columns[k].forEach((node, index) => { node.order = index; });
    }
    const now = countCrossings(columns);
    if (now < best) {
      best = now;
      keep = columns.map((column) => [...column]);
    }
  }
  keep.forEach((column, index) => { columns[index] = column; });
  number(columns);
  return best;
}

function place(columns, gy) {
  const gap = (a, b) => (a.h + b.h) / 2 + (a.dummy && b.dummy ? 3 : a.dummy || b.dummy ? 8 : gy);
  for (const column of columns) {
    let y = 0;
    column.forEach((node, index) => {
      if (index) y += gap(column[index - 1], node);
      node.y = y;
    });
    for (const node of column) node.y -= y / 2;
  }
  for (let pass = 0; pass < PASSES; pass += 1) {
    const walk = pass % 2 ? [...columns].reverse() : columns;
    for (const column of walk) if (column.length) settle(column, gap);
  }
}

/** Each node wants the middle of its neighbours; order and gaps are kept by pooling violators. */
function settle(column, gap) {
  const wants = column.map((node) => {
    let sum = 0;
    let weight = 0;
    for (const other of [...node.before, ...node.after]) {
      const pull = node.dummy && other.dummy ? 6 : 1;
      sum += pull * other.y;
      weight += pull;
    }
    return weight ? (sum + node.y * 0.12 * weight) / (weight * 1.12) : node.y;
  });
  const offset = [0];
  for (let i = 1; i < column.length; i += 1) offset[i] = offset[i - 1] + gap(column[i - 1], column[i]);
  const blocks = [];
  wants.forEach((y, i) => {
    blocks.push([y - offset[i], 1]);
    while (blocks.length > 1 && blocks.at(-2)[0] > blocks.at(-1)[0]) {
      const [value2, count2] = blocks.pop();
      const [value1, count1] = blocks.pop();
      blocks.push([(value1 * count1 + value2 * count2) / (count1 + count2), count1 + count2]);
    }
  });
  let i = 0;
  for (const [value, count] of blocks) for (let k = 0; k < count; k += 1, i += 1) column[i].y = value + offset[i];
}

function measure(ids, nodes, chains, count, crossings, { W, gx }) {
  let top = Infinity;
  let bottom = -Infinity;
  for (const node of nodes.values()) {
    top = Math.min(top, node.y - node.h / 2);
    bottom = Math.max(bottom, node.y + node.h / 2);
  }
  const x = (column) => column * (W + gx) + W / 2;
  const positions = new Map(ids.map((id) => {
    const node = nodes.get(id);
    return [id, { x: x(node.column), y: node.y - top }];
  }));
  const paths = chains.map(([edge, chain]) => {
    let fromX = x(chain[0].column) + W / 2;
    let fromY = chain[0].y - top;
    let d = `M${fromX} ${fromY.toFixed(1)}`;
    const last = chain.at(-1);
    if (last.column === chain[0].column) {
      const [out, y] = [fromX + 16, (last.y - top).toFixed(1)];
      return { edge, d: `${d}C${out} ${fromY.toFixed(1)} ${out} ${y} ${fromX} ${y}` };
    }
    for (const node of chain.slice(1)) {
      const toY = node.y - top;
      const toX = x(node.column) - W / 2;
      const middle = (fromX + toX) / 2;
      d += `C${middle} ${fromY.toFixed(1)} ${middle} ${toY.toFixed(1)} ${toX} ${toY.toFixed(1)}`;
      fromX = toX;
      fromY = toY;
      if (node.dummy) {
        fromX += W;
        d += `H${fromX}`;
      }
    }
    return { edge, d };
  });
  return { positions, paths, width: count * (W + gx) - gx, height: bottom - top, crossings };
}
