// What is said of a step, and of a node: lists of lines, each a kind and a text.

const KINDS = { operation: "computed", parameter: "parameter", input: "input", constant: "constant" };

function slopeSign(graph, i) {
  const root = nameOf(graph, graph.root), name = nameOf(graph, i);
  return `\u2202${root}/\u2202${name}`;
}

// Why nothing passes along an arrow.
function reason(graph, run, pass) {
  if (!run.reached[pass.from]) return `nothing came down to ${nameOf(graph, pass.from)}, so nothing is passed on`;
  const node = graph.nodes[pass.from];
  if (run.atKink[pass.from])
    return `${node.symbol} has a kink here, where the rule \u201c${graph.kinks}\u201d chooses 0: nothing is passed on`;
  return `${node.symbol} does not change with ${nameOf(graph, pass.to)} here: nothing is passed on`;
}

function tellPass(graph, run, pass) {
  const { nodes, kinks } = graph, node = nodes[pass.from];
  const upper = slopeSign(graph, pass.from), lower = slopeSign(graph, pass.to);
  const own = `\u2202${nameOf(graph, pass.from)}/\u2202${nameOf(graph, pass.to)}`;
  const which = node.wanted.filter((k) => node.args[k] === pass.to).length > 1 ? ` (operand ${pass.position + 1})` : "";
  if (pass.product === null) return [["formula", `${lower}${which}`], ["note", reason(graph, run, pass)]];
  const symbolic = derivative(graph, run, pass.from, pass.place);
  const lines = [
    ["formula", `${lower} gains ${upper} \u00b7 ${own}${which}`],
    ["formula", `${own} = ${symbolic && symbolic !== brief(pass.partial) ? symbolic + " = " : ""}${brief(pass.partial)}`],
    ["formula", equation(pass.adjoint, "\u00b7", pass.partial, pass.product)],
    ["sum", equation(pass.before, "+", pass.product, pass.after)],
  ];
  const lost = Number.isNaN(pass.partial) && !node.args.some((k) => Number.isNaN(run.data[k]));
  if (lost && rows[node.row]?.domain)
    lines.push(["alarm", `not defined here: ${node.symbol} needs ${rows[node.row].domain}`]);
  if (run.atKink[pass.from])
    lines.push(["note", `on a kink, where the rule \u201c${kinks}\u201d chooses ${brief(pass.partial)}`]);
  if (node.held) lines.push(["note", node.why + "; its numbers are held as they were"]);
  return lines;
}

function tellStep(graph, run, step) {
  const { nodes, root } = graph;
  if (step.kind === "start") return [["note", "The leaves have their numbers; nothing is computed yet."]];
  if (step.kind === "pass") return tellPass(graph, run, run.passes[step.pass]);
  const name = nameOf(graph, step.node);
  if (step.kind === "seed") {
    return [["formula", `${slopeSign(graph, root)} = 1`],
      ["note", `Backward begins: ${name} changes by 1 for each 1 that it changes. All other gradients begin at 0.`]];
  }
  const node = nodes[step.node], { symbols, numbers } = formula(graph, step.node, run.data);
  const lines = [["formula", `${name} = ${symbols}`], ["formula", `= ${numbers}`],
    ["sum", `= ${brief(run.data[step.node])}`]];
  if (run.atKink[step.node]) lines.push(["note", "here lies a kink: the slope changes at this very point"]);
  if (born(graph, run, step.node)) {
    const what = Number.isNaN(run.data[step.node]) ? "nan, though no operand is" : "not finite, though all operands are";
    lines.push(["alarm", node.born ? `${what}; in the graph: ${node.born}` : what]);
  }
  if (node.fixed) lines.push(["note", fixedAt(run, node)]);
  if (node.held) lines.push(["note", node.why + "; its number is held as it was"]);
  return lines;
}

// Whether a number that is not finite came about here: of finite ones, or a nan of infinities.
function born(graph, run, i) {
  const { args } = graph.nodes[i], x = run.data[i];
  if (args === undefined || Number.isFinite(x)) return false;
  return args.every((k) => (Number.isNaN(x) ? !Number.isNaN(run.data[k]) : Number.isFinite(run.data[k])));
}

// A comparison gave true or false when the graph was made, and the graph holds nothing else of it.
function fixedAt(run, node) {
  return `condition fixed at ${run.data[node.args[0]] !== 0}: it was decided when the graph was made, and changed numbers `
    + "do not decide it again";
}

const MOST = 40;

// What has happened to a node up to a step, as lines.
function history(graph, run, steps, at, i) {
  const lines = [];
  steps.slice(0, at + 1).forEach((step, k) => {
    if (step.kind === "value" && step.node === i) {
      const { symbols } = formula(graph, i, run.data);
      lines.push(`step ${k}: ${symbols} = ${brief(run.data[i])}`);
    } else if (step.kind === "seed" && graph.nodes[i].live) {
      lines.push(`step ${k}: gradient ${i === graph.root ? 1 : 0}`);
    } else if (step.kind === "pass" && run.passes[step.pass].to === i) {
      const { from, product, before, after } = run.passes[step.pass];
      lines.push(product === null ? `step ${k}: nothing from ${nameOf(graph, from)}`
        : `step ${k}: ${equation(before, "+", product, after)}, from ${nameOf(graph, from)}`);
    }
  });
  return lines.length > MOST ? [...lines.slice(0, MOST), `\u2026 and ${lines.length - MOST} more`] : lines;
}
