// The controls: buttons, keys, pointer, zoom and theme.

// ---- the boxes: one of them is in the order of focus, the arrow keys lead to the others ------------------

const reachable = () => [...drawn.shown, ...drawn.foldedBoxes].filter((box) => !box.g.classList.contains("hidden"));

function rove(box) {
  const all = reachable();
  const next = (box && all.find(({ g }) => g === box.g)) ?? all.find(({ g }) => g.getAttribute("tabindex") === "0") ?? all[0];
  [...drawn.shown, ...drawn.foldedBoxes].forEach(({ g }) => g.setAttribute("tabindex", -1));
  next.g.setAttribute("tabindex", 0);
  return next;
}

drawn.shown.forEach((box, i) => {
  box.g.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && choose(i));
  box.g.addEventListener("focus", () => {
    rove(box);
    choose(i);
  });
  box.g.addEventListener("click", () => choose(i, true));
});
drawn.foldedBoxes.forEach((box, g) => {
  box.g.addEventListener("focus", () => rove(box));
  box.g.addEventListener("click", () => unfold(g));
});
svg.addEventListener("keydown", (event) => {
  const all = reachable(), k = all.findIndex(({ g }) => g === document.activeElement);
  if (k < 0) return;
  const to = { ArrowDown: k + 1, ArrowUp: k - 1 }[event.key];
  if (to !== undefined) rove(all[Math.min(Math.max(to, 0), all.length - 1)]).g.focus();
  else if (event.key === "Enter") all[k].g.dispatchEvent(new MouseEvent("click"));
  else return;
  event.preventDefault();
});

// ---- buttons and keys -----------------------------------------------------------------------------------

const actions = {
  first: () => go(0), back: () => move(-1), next: () => move(1), last: () => go(last), play: () => play(timer === null),
  reset: () => set({ ...original }),
  "fold-here": () => fold(path(nodes[chosen].group)[0], true),
  "fold-all": () => foldTo(1),
  "unfold-all": () => foldTo(Infinity),
  closer: () => zoom(scale * 1.25), further: () => zoom(scale / 1.25), fit: () => showAll(),
  theme: () => {
    const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = (root.dataset.theme ?? (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
  },
};
for (const [id, action] of Object.entries(actions)) byId(id).addEventListener("click", action);
slider.max = last;
slider.addEventListener("input", () => go(Number(slider.value)));
byId("number").addEventListener("change", (event) => change(event.target.value));
byId("turn").addEventListener("input", (event) => {
  set({ [chosen]: Number(event.target.value) });
  byId("number").value = event.target.value;
});

const keys = {
  ArrowRight: () => move(1), ArrowLeft: () => move(-1), Home: () => go(0), End: () => go(last),
  " ": () => play(timer === null),
};
document.addEventListener("keydown", (event) => {
  const { target } = event, typing = target.matches("input, select, textarea");
  const pressing = event.key === " " && target.matches("button, summary, [role=button]");
  if (event.ctrlKey || event.metaKey || event.altKey || typing || pressing || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

// ---- zoom -----------------------------------------------------------------------------------------------

const READABLE = 0.65, SMALLEST = 0.3;  // scales: letters of 8 pixels, and what is still a picture
const fitting = (width, height) => Math.min(pane.clientWidth / width, pane.clientHeight / height);

// Zoom to all that is not folded away.
function showAll() {
  const all = reachable().map(({ box }) => box), [left, top] = graph.frame;
  const x = Math.min(...all.map((b) => b[0])) - left, y = Math.min(...all.map((b) => b[1])) - top;
  const width = Math.max(...all.map((b) => b[0] + b[2])) - left - x, height = Math.max(...all.map((b) => b[1] + b[3])) - top - y;
  zoom(Math.min(fitting(width + 24, height + 24), 1.4));
  pane.scrollTo((x + width / 2) * scale - pane.clientWidth / 2, (y + height / 2) * scale - pane.clientHeight / 2);
}

// Fold all groups from this level on, the outermost being 1, and show what is left.
function foldTo(level) {
  folded.clear();
  groups.forEach((_, g) => path(g).length >= level && folded.add(g));
  refold();
  showAll();
}

// At first all is seen: unfolded where its letters can be read then, else folded as little as helps.
function open() {
  const deepest = Math.max(0, ...groups.map((_, g) => path(g).length));
  foldTo(Infinity);
  const whole = scale;
  for (let level = deepest; level >= 1 && scale < READABLE; level--) foldTo(level);
  if (folded.size > 0 && scale < 1.3 * whole) foldTo(Infinity);
  if (scale < SMALLEST) {
    zoom(SMALLEST);
    pane.scrollTo(0, (graph.frame[3] * scale - pane.clientHeight) / 2);
  }
}

function zoom(to) {
  const middle = [(pane.scrollLeft + pane.clientWidth / 2) / scale, (pane.scrollTop + pane.clientHeight / 2) / scale];
  scale = Math.min(Math.max(to, 0.05), 4);
  svg.setAttribute("width", graph.frame[2] * scale);
  svg.setAttribute("height", graph.frame[3] * scale);
  pane.scrollTo(middle[0] * scale - pane.clientWidth / 2, middle[1] * scale - pane.clientHeight / 2);
}

byId("groups").hidden = groups.length === 0;
open();
document.documentElement.classList.add("ready");
