// The page: what is pressed, typed and pointed at, and what is shown of it.

const byId = (id) => document.getElementById(id);
const graph = read(JSON.parse(byId("graph-data").textContent));

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
const drawn = picture(graph, svg), callouts = signs(graph, drawn);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const arrowOf = new Map(graph.arrows.map((arrow, k) => [`${arrow.head} ${arrow.position}`, k]));

let at = 0, run = computed(graph, leaves), chosen = graph.root, scale = 1, timer = null;

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
  if (i !== chosen) say("");
  chosen = i;
  drawn.shown[i].g.classList.add("chosen");
  showNode();
  if (edit && !nodes[i].args) {
    byId("number").focus();
    byId("number").select();
  }
}

// What is typed as a number, or as a fraction of two; null where it is neither.
function parsed(text) {
  const plain = text.trim().replaceAll(MINUS, "-").replaceAll(",", ".");
  const one = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, [upper, lower, ...more] = plain.split("/").map((part) => part.trim());
  if (one.test(plain)) return Number(plain);
  if (more.length === 0 && lower !== undefined && one.test(upper) && one.test(lower)) return Number(upper) / Number(lower);
  if (/^[+-]?inf(inity)?$/i.test(plain)) return plain.startsWith("-") ? -Infinity : Infinity;
  return /^nan$/i.test(plain) ? NaN : null;
}

// Below the field, and read aloud.
function say(text, wrong = false) {
  byId("said").textContent = text;
  byId("said").className = wrong ? "alarm" : "note";
  byId("number").setCustomValidity(wrong ? text : "");
  byId("number").setAttribute("aria-invalid", wrong);
}

function change(text) {
  const x = parsed(text), name = nameOf(graph, chosen) ?? "it", stays = `${name} stays ${exact(leaves[chosen])}`;
  if (x === null) {
    const what = text.trim() ? `\u201c${text.trim()}\u201d is no number` : "Nothing stands here, which is no number";
    say(`${what}: write one such as 0.5, -3, 1/3, 1e-6, inf or nan; ${stays}`, true);
    return;
  }
  set({ [chosen]: x });
  say(`${name} is ${brief(x)} now, and ${nameOf(graph, graph.root)} = ${brief(run.data[graph.root])}`);
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

// The keyboard's place is kept: it goes to the first of what was in the box.
function unfold(g) {
  fold(g, false);
  const [left, top] = graph.frame, places = drawn.members[g].map((i) => drawn.seenIn(i, folded).box);
  if (places.some(([x, y, w, h]) => (x - left) * scale < pane.scrollLeft || (y - top) * scale < pane.scrollTop
    || (x + w - left) * scale > pane.scrollLeft + pane.clientWidth
    || (y + h - top) * scale > pane.scrollTop + pane.clientHeight)) showAll();
  rove(drawn.seenIn(drawn.members[g][0], folded)).g.focus();
}

function refold() {
  drawn.fold(folded);
  listed.forEach(({ button, g }) => {
    button.setAttribute("aria-pressed", folded.has(g));
    button.textContent = `${folded.has(g) ? "\u25b8" : "\u25be"} ${groups[g].name} (${drawn.members[g].length})`;
  });
  rove(null);
  show();
}

const listed = groups.map((group, g) => {
  const item = document.createElement("li"), button = document.createElement("button");
  item.style.paddingLeft = `${path(group.parent).length}rem`;
  button.type = "button";
  button.addEventListener("click", () => fold(g, !folded.has(g)));
  for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => drawn.point(g));
  for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => drawn.point(null));
  item.append(button);
  byId("group-list").append(item);
  return { button, g };
});
