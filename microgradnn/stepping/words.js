// Numbers, names and formulas in writing.

const MINUS = "\u2212";

// Four digits after the point, as in the drawing, or a power of ten.
function fixed(x) {
  if (Number.isNaN(x)) return "nan";
  const size = Math.abs(x);
  const text = size === Infinity ? "inf" : size === 0 || (size >= 1e-3 && size < 1e7) ? size.toFixed(4)
    : size.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
  return (x < 0 ? MINUS : "") + text;
}

// As few digits as tell it to five: 0.28, not 0.2800.
function brief(x, digits = 5) {
  if (Number.isNaN(x)) return "nan";
  const size = Math.abs(x);
  const text = size === Infinity ? "inf" : String(Number(size.toPrecision(digits))).replace("e+", "e");
  return (x < 0 ? MINUS : "") + text.replace("e-", "e" + MINUS);
}

const bracketed = (x, digits) => (brief(x, digits).startsWith(MINUS) ? `(${brief(x, digits)})` : brief(x, digits));

// An equation between rounded numbers, with as many digits as make it right for whoever computes it again.
function equation(x, sign, y, result) {
  const rounded = (z, digits) => Number(z.toPrecision(digits));
  const right = [5, 6, 7, 8, 9].find((digits) => {
    const [a, b] = [rounded(x, digits), rounded(y, digits)];
    return rounded(sign === "+" ? a + b : a * b, digits) === rounded(result, digits);
  });
  return `${brief(x, right)} ${sign} ${bracketed(y, right)} = ${brief(result, right)}`;
}

// All digits, as Python shows them.
function exact(x) {
  if (Number.isNaN(x)) return "nan";
  return Object.is(x, -0) ? MINUS + "0" : String(x).replace("Infinity", "inf").replaceAll("-", MINUS);
}

const RAISED = Object.fromEntries([..."0123456789\u2212"].map((c, k) => [c, "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b"[k]]));

// What a node is called; null for a plain number, which is called by its digits.
function nameOf(graph, i) {
  return graph.nodes[i].name ?? null;
}

// A formula with its places filled in; what begins with a minus is put in parentheses after an operator.
function filled(template, texts) {
  return template.map((piece, k) => {
    if (typeof piece === "string") return piece;
    const text = texts[piece];
    const alone = k === 0 ? !/^[\^²]/.test(String(template[1] ?? "")) : /[(,\[] ?$/.test(String(template[k - 1]));
    return !alone && text.startsWith(MINUS) ? `(${text})` : text;
  }).join("").replace(/\^(\u2212?\d{1,3})(?![\d.e])/g, (_, power) => [...power].map((c) => RAISED[c]).join(""));
}

function formula(graph, i, data) {
  const node = graph.nodes[i];
  return {
    symbols: filled(graph.forms[node.form].formula, node.args.map((k) => nameOf(graph, k) ?? brief(data[k]))),
    numbers: filled(graph.forms[node.form].formula, node.args.map((k) => brief(data[k]))),
  };
}

// Whether the textbook's form of a local derivative comes to the number that it has here.
function holds(graph, run, i, place) {
  const node = graph.nodes[i], partial = run.partials[i][place], args = node.args.map((k) => run.data[k]);
  if (run.atKink[i]) return false;
  if (Number.isNaN(partial)) return args.some(Number.isNaN);
  const { textbook } = rows[node.row] ?? {};
  if (!textbook) return true;
  const shown = textbook(...args, run.data[i])[node.wanted[place]];
  return shown === partial || Math.abs(shown - partial) <= 1e-3 * Math.abs(partial);
}

// The local derivative in symbols; null where no textbook writes it shortly, or it is not so: outside the domain, on
// a kink, where its digits are lost, or where a constant in it was changed.
function derivative(graph, run, i, place) {
  const node = graph.nodes[i], template = graph.forms[node.form].slopes[place], { data } = run;
  if (!holds(graph, run, i, place)) return null;
  const kept = node.args.every((k) => nameOf(graph, k) !== null || Object.is(data[k], graph.nodes[k].data));
  return template && kept && filled(template, [...node.args, i].map((k) => nameOf(graph, k) ?? brief(data[k])));
}
