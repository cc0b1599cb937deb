// What is seen of the step that is shown: boxes, arrows, the sentences beside them, and one number's card.

// The gradient of a node at the step that is shown; null before the backward pass, and of constants.
function gradient(i) {
  if (seedAt < 0 || at < seedAt || !nodes[i].live) return null;
  let found = i === graph.root ? 1 : 0;
  run.passes.forEach((pass, k) => {
    if (pass.to === i && passedAt[k] <= at && pass.product !== null) found = pass.after;
  });
  return found;
}

function allGradients() {
  const found = nodes.map((node, i) => (seedAt < 0 || at < seedAt || !node.live ? null : i === graph.root ? 1 : 0));
  run.passes.forEach((pass, k) => {
    if (passedAt[k] <= at && pass.product !== null && found[pass.to] !== null) found[pass.to] = pass.after;
  });
  return found;
}

// Classes and labels are touched only where they change: that is what takes time in large graphs.
function marked(element, kind, marks) {
  const text = [kind, ...Object.keys(marks).filter((mark) => marks[mark])].join(" ");
  if (element.getAttribute("class") !== text) element.setAttribute("class", text);
}

function labelled(element, text) {
  if (element.getAttribute("aria-label") !== text) element.setAttribute("aria-label", text);
}

function show() {
  const step = steps[at], pass = step.kind === "pass" ? run.passes[step.pass] : null;
  const gradients = allGradients();
  const now = pass ? pass.to : step.node ?? -1;
  const beside = pass ? [pass.from] : step.kind === "value" ? nodes[step.node].args : [];
  nodes.forEach((node, i) => {
    const { g, texts, room } = drawn.shown[i], known = computedAt[i] <= at;
    if (g.classList.contains("hidden")) return;
    const marks = (known && run.atKink[i] ? " ^" : "") + (known && born(graph, run, i) ? " \u25b2" : "");
    const data = known ? fixed(run.data[i]) : "\u2014", slope = gradients[i];
    const head = [node.symbol, node.label || nameOf(graph, i)].filter(Boolean).join("\u00a0\u00a0") + marks + (node.held ? " \u2020" : "")
      + (node.fixed ? " \u2021" : "");
    if (texts.length === 1) write(texts[0], data, room);
    else {
      write(texts[0], head, room);
      write(texts[1], `data ${data}`, room);
      if (texts[2]) write(texts[2], node.live ? `grad ${slope === null ? "\u2014" : fixed(slope)}` : "constant", room);
    }
    marked(g, `node ${node.kind}`, {
      waiting: !known, born: known && born(graph, run, i), now: i === now, beside: beside.includes(i), alarm: known && !Number.isFinite(run.data[i]),
      changed: !node.args && !Object.is(leaves[i], original[i]), chosen: i === chosen,
    });
    labelled(g, `${nameOf(graph, i) ?? "number"}, ${node.symbol || KINDS[node.kind]}, data ${
      known ? fixed(run.data[i]) : "not computed"}${slope === null ? "" : `, gradient ${fixed(slope)}`}`);
  });
  groups.forEach((group, g) => {
    const { g: box, texts, room } = drawn.foldedBoxes[g];
    const inside = drawn.members[g];
    if (box.classList.contains("hidden")) return;
    const outs = drawn.outputs[g], [out] = outs, known = outs.length === 1 && computedAt[out] <= at;
    const data = outs.length !== 1 ? "" : `data ${known ? fixed(run.data[out]) : "\u2014"}`;
    const slope = outs.length !== 1 || !nodes[out].live ? "" : `grad ${gradients[out] === null ? "\u2014" : fixed(gradients[out])}`;
    write(texts[0], `${group.name} (${inside.length})`, room);
    write(texts[1], data || `${inside.length} numbers`, room);
    write(texts[2], slope, room);
    box.classList.toggle("now", now >= 0 && drawn.seenIn(now, folded).group === g);
    const told = [data, slope].filter(Boolean).map((text) => `${text}, `).join("");
    labelled(box, `${group.name}, folded, ${told}${inside.length} numbers; press to unfold`);
  });
  const ways = graph.arrows.map(() => "");
  run.passes.forEach((each, k) => {
    if (passedAt[k] <= at && each.product !== null)
      ways[arrowOf.get(`${each.from} ${each.position}`)] = passedAt[k] === at ? "now" : "passed";
  });
  if (step.kind === "value") nodes[step.node].args.forEach((_, k) => ways[arrowOf.get(`${step.node} ${k}`)] = "now");
  graph.arrows.forEach((arrow, k) => {
    const { path, label } = drawn.ways[k], place = nodes[arrow.head].wanted.indexOf(arrow.position);
    const used = computedAt[arrow.head] <= at;
    marked(path, "arrow", {
      still: !nodes[arrow.tail].live, waiting: !used, now: ways[k] === "now", passed: ways[k] === "passed",
      hidden: path.classList.contains("hidden"),
    });
    if (label) write(label, used && place >= 0 ? `\u2202 ${fixed(run.partials[arrow.head][place] ?? 0)}` : "", 90);
  });
  showSigns(pass);
  tell(step);
  showNode();
  slider.value = at;
  slider.setAttribute("aria-valuetext", `step ${at} of ${last}`);
  byId("count").textContent = `${at} / ${last}`;
  byId("first").disabled = byId("back").disabled = at === 0;
  byId("last").disabled = byId("next").disabled = at === last;
  byId("reset").disabled = leaves.every((x, i) => Object.is(x, original[i]));
}

function showSigns(pass) {
  callouts.clear();
  if (!pass || pass.product === null) return;
  const tail = drawn.seenIn(pass.to, folded), head = drawn.seenIn(pass.from, folded);
  if (tail.g === head.g) return;
  let k = arrowOf.get(`${pass.from} ${pass.position}`);
  if (drawn.ways[k].path.classList.contains("hidden"))  // between folded boxes one arrow stands for all
    k = graph.arrows.findIndex((arrow, n) => !drawn.ways[n].path.classList.contains("hidden")
      && drawn.seenIn(arrow.tail, folded).g === tail.g && drawn.seenIn(arrow.head, folded).g === head.g);
  callouts.show(drawn.ways[k], tail, equation(pass.adjoint, "\u00b7", pass.partial, pass.product),
    equation(pass.before, "+", pass.product, pass.after));
}

function lines(parent, list) {
  parent.replaceChildren(...list.map(([kind, text]) => {
    const p = document.createElement("p");
    p.className = kind;
    p.textContent = text;
    return p;
  }));
}

function tell(step) {
  const side = step.kind === "start" ? "Start" : step.kind === "value" ? "Forward" : "Backward";
  byId("side").textContent = `${side} \u00b7 step ${at} of ${last}`;
  lines(byId("told"), tellStep(graph, run, step));
}

function showNode() {
  const node = nodes[chosen], known = computedAt[chosen] <= at, slope = gradient(chosen);
  byId("node-name").textContent = nameOf(graph, chosen) ?? brief(run.data[chosen]);
  byId("node-kind").textContent = [KINDS[node.kind], chosen === graph.root ? "the result" : "",
    ...path(node.group).reverse().map((g) => groups[g].name)].filter(Boolean).join(" \u00b7 ");
  const facts = [["fact", `data ${known ? exact(run.data[chosen]) : "\u2014"}`]];
  if (node.live) facts.push(["fact", `gradient ${slope === null ? "\u2014" : exact(slope)}`]);
  if (node.args) facts.push(["fact", `${nameOf(graph, chosen)} = ${formula(graph, chosen, run.data).symbols}`]);
  if (node.born) facts.push(["alarm", `born not finite: ${node.born}`]);
  if (node.fixed) facts.push(["fact", `\u2021 ${fixedAt(run, node)}`]);
  if (node.held) facts.push(["alarm", `\u2020 ${node.why}; its number and its derivatives are held as they were`]);
  lines(byId("node-facts"), facts);
  byId("history").replaceChildren(...history(graph, run, steps, at, chosen).map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
  byId("edit").hidden = node.args !== undefined;
  if (!node.args && document.activeElement !== byId("number")) {
    byId("number").value = String(leaves[chosen]);
    byId("number").setCustomValidity("");
  }
  if (!node.args && document.activeElement !== byId("turn")) {
    const middle = Number.isFinite(leaves[chosen]) ? leaves[chosen] : 0, room = Math.max(1, 2 * Math.abs(middle));
    Object.assign(byId("turn"), { min: middle - room, max: middle + room, step: room / 100 });
    byId("turn").value = leaves[chosen];
  }
  const own = path(node.group);
  byId("fold-here").hidden = own.length === 0;
  if (own.length) byId("fold-here").textContent = `Fold ${groups[own[0]].name}`;
}

// The groups around a place, the innermost first.
function path(g) {
  const found = [];
  for (; g >= 0; g = groups[g].parent) found.push(g);
  return found;
}
