// The page: what is pressed, typed and pointed at, and what is shown of it.

const byId = (id) => document.getElementById(id);
const graph = JSON.parse(byId("graph-data").textContent);
graph.nodes.forEach((node) => {
  node.data = Number(node.data);
  if (node.held) node.held = node.held.map((x) => (x === null ? null : Number(x)));
});

const { nodes, groups } = graph;
const steps = stepsOf(graph), last = steps.length - 1;
const original = nodes.map((node) => node.data);
const leaves = [...original], folded = new Set();
const computedAt = nodes.map(() => 0), passedAt = [];
steps.forEach((step, k) => {
  if (step.kind === "value") computedAt[step.node] = k;
  if (step.kind === "pass") passedAt[step.pass] = k;
});
const seedAt = steps.findIndex((step) => step.kind === "seed");
const pane = byId("pane"), svg = byId("svg"), slider = byId("slider");
const drawn = picture(graph, svg);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const arrowOf = new Map(graph.arrows.map((arrow, k) => [`${arrow.head} ${arrow.position}`, k]));

let at = 0, run = computed(graph, leaves), chosen = graph.root, scale = 1, timer = null;

// ---- what is seen ---------------------------------------------------------------------------------------

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

function show() {
  const step = steps[at], pass = step.kind === "pass" ? run.passes[step.pass] : null;
  const gradients = allGradients();
  const now = pass ? pass.to : step.node ?? -1;
  const beside = pass ? [pass.from] : step.kind === "value" ? nodes[step.node].args : [];
  nodes.forEach((node, i) => {
    const { g, texts, room } = drawn.shown[i], known = computedAt[i] <= at;
    const marks = (known && run.atKink[i] ? " ^" : "") + (known && born(graph, run, i) ? " \u25b2" : "");
    const data = known ? fixed(run.data[i]) : "\u2014", slope = gradients[i];
    const head = [node.symbol, node.label || nameOf(graph, i)].filter(Boolean).join("\u00a0\u00a0") + marks + (node.held ? " \u2020" : "");
    if (texts.length === 1) write(texts[0], data, room);
    else {
      write(texts[0], head, room);
      write(texts[1], `data ${data}`, room);
      if (texts[2]) write(texts[2], node.live ? `grad ${slope === null ? "\u2014" : fixed(slope)}` : "constant", room);
    }
    g.classList.toggle("waiting", !known);
    g.classList.toggle("now", i === now);
    g.classList.toggle("beside", beside.includes(i));
    g.classList.toggle("changed", !node.args && !Object.is(leaves[i], original[i]));
    g.classList.toggle("alarm", known && !Number.isFinite(run.data[i]));
    g.classList.toggle("chosen", i === chosen);
    g.setAttribute("aria-label", `${nameOf(graph, i) ?? "number"}, ${node.symbol || KINDS[node.kind]}, data ${
      known ? fixed(run.data[i]) : "not computed"}${slope === null ? "" : `, gradient ${fixed(slope)}`}`);
  });
  groups.forEach((group, g) => {
    const { g: box, texts, room } = drawn.foldedBoxes[g];
    const inside = drawn.members[g];
    write(texts[0], group.name, room);
    write(texts[1], `${inside.length} numbers`, room);
    box.classList.toggle("now", now >= 0 && drawn.seenIn(now, folded).group === g);
    box.setAttribute("aria-label", `${group.name}, folded, ${inside.length} numbers; press to unfold`);
  });
  graph.arrows.forEach((arrow, k) => {
    const { path, label } = drawn.ways[k], place = nodes[arrow.head].wanted.indexOf(arrow.position);
    const used = computedAt[arrow.head] <= at;
    path.classList.toggle("waiting", !used);
    if (label) write(label, used && place >= 0 ? `\u2202 ${fixed(run.partials[arrow.head][place] ?? 0)}` : "", 90);
    path.classList.remove("now", "passed");
  });
  run.passes.forEach((each, k) => {
    if (passedAt[k] > at || each.product === null) return;
    const { path } = drawn.ways[arrowOf.get(`${each.from} ${each.position}`)];
    path.classList.add(passedAt[k] === at ? "now" : "passed");
  });
  if (step.kind === "value")
    nodes[step.node].args.forEach((_, k) => drawn.ways[arrowOf.get(`${step.node} ${k}`)].path.classList.add("now"));
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
  drawn.sign(0, "");
  drawn.sign(1, "");
  if (!pass || pass.product === null) return;
  const tail = drawn.seenIn(pass.to, folded), head = drawn.seenIn(pass.from, folded);
  if (tail.g === head.g) return;
  const [x, y, w, h] = tail.box, [hx] = centre(head.box), [tx] = centre(tail.box);
  const text = `${brief(pass.adjoint)} \u00b7 ${bracketed(pass.partial)} = ${brief(pass.product)}`;
  drawn.sign(0, text, (hx + tx) / 2, Math.min(y, head.box[1]) - 8);  // above both, and below the one that gains
  drawn.sign(1, `${brief(pass.before)} + ${bracketed(pass.product)} = ${brief(pass.after)}`, x + w / 2, y + h + 16);
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
    const room = Math.max(1, 2 * Math.abs(original[chosen])), middle = Number.isFinite(original[chosen]) ? original[chosen] : 0;
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

// ---- steps ----------------------------------------------------------------------------------------------

function go(to) {
  at = Math.min(Math.max(to, 0), last);
  const step = steps[at];
  chosen = step.kind === "pass" ? run.passes[step.pass].to : step.node ?? chosen;
  show();
  follow();
}

// To the next step that can be seen: what happens inside a folded box is one step.
function move(by) {
  const place = (k) => (steps[k].node === undefined ? null : drawn.seenIn(
    steps[k].kind === "pass" ? run.passes[steps[k].pass].to : steps[k].node, folded).group);
  let to = at + by;
  while (to > 0 && to < last && place(to) !== null && place(to) >= 0 && place(to) === place(to + by)
    && steps[to].kind === steps[to + by].kind) to += by;
  go(to);
}

function play(on) {
  clearInterval(timer);
  timer = null;
  if (on) {
    if (at === last) go(0);
    timer = setInterval(() => {
      move(1);
      if (at === last) play(false);
    }, 1100);
  }
  byId("play").textContent = on ? "Pause" : "Play";
}

// Keep what happens now within the pane.
function follow() {
  const step = steps[at];
  if (step.node === undefined) return;
  const i = step.kind === "pass" ? run.passes[step.pass].to : step.node;
  const [x, y, w, h] = drawn.seenIn(i, folded).box, [left, top] = graph.frame;
  const box = { left: (x - left) * scale, top: (y - top) * scale, right: (x + w - left) * scale, bottom: (y + h - top) * scale };
  const out = box.left < pane.scrollLeft || box.right > pane.scrollLeft + pane.clientWidth
    || box.top < pane.scrollTop || box.bottom > pane.scrollTop + pane.clientHeight;
  if (out) pane.scrollTo({
    left: (box.left + box.right - pane.clientWidth) / 2, top: (box.top + box.bottom - pane.clientHeight) / 2,
    behavior: calm.matches ? "auto" : "smooth",
  });
}

// ---- numbers --------------------------------------------------------------------------------------------

function choose(i, edit = false) {
  drawn.shown[chosen].g.classList.remove("chosen");
  chosen = i;
  drawn.shown[i].g.classList.add("chosen");
  showNode();
  if (edit && !nodes[i].args) {
    byId("number").focus();
    byId("number").select();
  }
}

function change(text) {
  const plain = text.trim().replaceAll(MINUS, "-").replace(",", ".").replace(/^([+-]?)inf(inity)?$/i, "$1Infinity");
  const x = Number(plain), fine = plain !== "" && (!Number.isNaN(x) || /^nan$/i.test(plain));
  byId("number").setCustomValidity(fine ? "" : "This is no number: write one such as 0.5, -3, 1e-6, inf or nan");
  byId("number").reportValidity();
  if (fine) set({ [chosen]: x });
}

function set(numbers) {
  for (const [i, x] of Object.entries(numbers)) leaves[i] = x;
  run = computed(graph, leaves);
  show();
}

// ---- folding --------------------------------------------------------------------------------------------

function fold(g, on) {
  if (on) folded.add(g);
  else folded.delete(g);
  refold();
}

function refold() {
  drawn.fold(folded);
  listed.forEach(({ button, g }) => {
    button.setAttribute("aria-pressed", folded.has(g));
    button.textContent = `${folded.has(g) ? "\u25b8" : "\u25be"} ${groups[g].name}`;
  });
  rove(null);
  show();
}

const listed = groups.map((group, g) => {
  const item = document.createElement("li"), button = document.createElement("button");
  item.style.paddingLeft = `${path(group.parent).length}rem`;
  button.type = "button";
  button.addEventListener("click", () => fold(g, !folded.has(g)));
  for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => drawn.surround(g));
  for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => drawn.surround(null));
  item.append(button);
  byId("group-list").append(item);
  return { button, g };
});
