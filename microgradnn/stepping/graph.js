// The graph computed by the rows: forward from the leaves, then backward, and the steps that tell of it.

// The point that the kink rule chooses on the line from one side's partials to the other's.
function subgradient(left, right, rule) {
  const span = right.map((r, k) => r - left[k]);
  const largest = Math.max(0, ...span.map(Math.abs));
  if (largest === 0) return left;
  if (rule === "minimum norm" && span.length === 1 && !Number.isNaN(span[0]))
    return [Math.max(Math.min(left[0], right[0]), Math.min(Math.max(left[0], right[0]), 0))];
  let towards = 0, length = 0;
  span.forEach((b, k) => {
    towards -= (left[k] / largest) * (b / largest);
    length += (b / largest) ** 2;
  });
  const share = { left: 0, right: 1, middle: 0.5 }[rule] ?? towards / length;
  if (share <= 0 || share >= 1) return share <= 0 ? left : right;
  return left.map((a, k) => a + share * span[k]);
}

// Numbers from JSON; a row of a user's own is held to its recorded numbers unless it gives the same here.
function read(graph) {
  const { nodes, kinks } = graph;
  nodes.forEach((node) => { node.data = Number(node.data); });
  const alike = (x, y) => x === y || (Number.isNaN(x) && Number.isNaN(y)) || Math.abs(x - y) <= 1e-9 * Math.abs(y);
  nodes.filter((node) => node.held).forEach((node) => {
    const held = node.held.map((x) => (x === null ? null : Number(x)));
    const args = node.args.map((k) => nodes[k].data);
    node.held = null;
    const same = node.row && alike(rows[node.row].value(...args), node.data)
      && local(node, args, node.data, kinks).every((x, k) => alike(x, held[k]));
    if (!same) node.held = held;
  });
  return graph;
}

// The local partials of a computed node with respect to the operands that are differentiated: null where nothing flows.
function local(node, args, out, rule) {
  if (node.held) return node.held;
  const row = rows[node.row], wanted = node.wanted;
  const taken = row.taken ? row.taken(...args) : null;
  const asked = wanted.filter((k) => taken === null || taken.includes(k));
  let found;
  if (row.at && row.at(...args)) {
    const [left, right] = row.sides(...args);
    found = subgradient(asked.map((k) => left[k]), asked.map((k) => right[k]), rule);
  } else {
    const every = row.partials(...args, out);
    found = asked.map((k) => every[k]);
  }
  if (row.at) found = found.map((partial) => (partial === 0 ? null : partial));
  return wanted.map((k) => (asked.includes(k) ? found[asked.indexOf(k)] : null));
}

// All numbers of the graph for these leaves: data, local partials, and every pass of a gradient along an arrow.
function computed(graph, leaves) {
  const { nodes, root, kinks } = graph;
  const data = [], partials = [], atKink = [];
  nodes.forEach((node, i) => {
    if (!node.args) {
      data[i] = leaves[i];
      return;
    }
    const args = node.args.map((k) => data[k]);
    data[i] = node.held ? node.data : rows[node.row].value(...args);
    partials[i] = local(node, args, data[i], kinks);
    atKink[i] = !node.held && rows[node.row].at !== undefined && rows[node.row].at(...args);
  });
  const grads = nodes.map(() => 0), reached = nodes.map(() => false);
  const passes = [];
  if (nodes[root].live) {
    grads[root] = 1;
    reached[root] = true;
  }
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (!nodes[i].args || !nodes[i].live || !nodes[root].live) continue;
    nodes[i].wanted.forEach((position, k) => {
      const to = nodes[i].args[position], partial = partials[i][k];
      const pass = { from: i, to, position, place: k, partial, adjoint: grads[i], before: grads[to], product: null };
      if (reached[i] && partial !== null) {
        pass.product = grads[i] * partial;
        grads[to] += pass.product;
        reached[to] = true;
      }
      pass.after = grads[to];
      passes.push(pass);
    });
  }
  return { data, partials, atKink, grads, reached, passes };
}

// The steps in their order: the start, each computed node, the root's gradient of 1, each arrow back.
function stepsOf(graph) {
  const steps = [{ kind: "start" }];
  graph.nodes.forEach((node, i) => node.args && steps.push({ kind: "value", node: i }));
  if (!graph.nodes[graph.root].live) return steps;
  steps.push({ kind: "seed", node: graph.root });
  computed(graph, graph.nodes.map((node) => node.data)).passes.forEach((pass, k) =>
    steps.push({ kind: "pass", node: pass.from, pass: k }));
  return steps;
}
