// The picture: boxes and arrows where the drawing has them, and groups folded to one box at their centre.

const SVG = "http://www.w3.org/2000/svg";
const GROUP = { width: 132, height: 58 };

function made(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (parent) parent.append(element);
  return element;
}

// The outline of a box, by what it stands for: a rounded box, a hexagon, an ellipse, a sheet of paper, a folder.
function outline(kind, [x, y, w, h]) {
  if (kind === "operation") return ["rect", { x, y, width: w, height: h, rx: 10 }];
  if (kind === "input") return ["ellipse", { cx: x + w / 2, cy: y + h / 2, rx: w / 2, ry: h / 2 }];
  if (kind === "parameter") {
    const q = w / 4, m = y + h / 2;
    return ["path", { d: `M${x} ${m}l${q} ${-h / 2}h${w - 2 * q}l${q} ${h / 2}l${-q} ${h / 2}h${2 * q - w}z` }];
  }
  if (kind === "group") return ["path", { d: `M${x} ${y}h44l6 7h${w - 50}v${h - 7}h${-w}z` }];
  return ["path", { d: `M${x} ${y}h${w - 7}l7 7v${h - 7}h${-w}z` }];
}

// Text in the middle of a place; pressed together where it would be wider.
function write(element, text, room) {
  if (element.textContent === text) return;
  element.textContent = text;
  const size = Number(element.getAttribute("font-size"));
  element.removeAttribute("textLength");
  const perhaps = [...text].length * size * 0.65 > room;  // measuring takes time
  if (perhaps && element.getComputedTextLength() > room) element.setAttribute("textLength", room);
}

function boxIn(parent, kind, [x, y, w, h], lines) {
  const g = made("g", { class: `node ${kind}`, role: "button", tabindex: -1 }, parent);
  const [shape, attributes] = outline(kind, [x, y, w, h]);
  made(shape, { ...attributes, class: "shape" }, g);
  const texts = [];
  for (let k = 0; k < lines; k++) {
    const size = k === 0 && lines > 1 ? 13 : 12;
    texts.push(made("text", {
      x: x + w / 2, y: y + h / 2 + (kind === "group" ? 7.6 : 4.6) + (k - (lines - 1) / 2) * 12.4, "text-anchor": "middle", "font-size": size,
      lengthAdjust: "spacingAndGlyphs",
    }, g));
  }
  if (lines > 1) texts[0].setAttribute("font-weight", "bold");
  return { g, texts, room: kind === "parameter" || kind === "input" ? w - 24 : w - 10, box: [x, y, w, h] };
}

// Where the straight line from the centre of a box towards a point leaves the box.
function border([x, y, w, h], [px, py]) {
  const cx = x + w / 2, cy = y + h / 2, dx = px - cx, dy = py - cy;
  const t = Math.min(w / 2 / Math.abs(dx || 1e-9), h / 2 / Math.abs(dy || 1e-9), 1);
  return [cx + t * dx, cy + t * dy];
}
const centre = ([x, y, w, h]) => [x + w / 2, y + h / 2];

function picture(graph, svg) {
  const { nodes, arrows, groups, frame } = graph;
  svg.setAttribute("viewBox", frame.join(" "));
  const defs = made("defs", {}, svg);
  for (const id of ["tip", "tip-now"]) {
    const marker = made("marker", {
      id, viewBox: "0 0 10 8", refX: 0, refY: 4, markerWidth: 10, markerHeight: 8, orient: "auto",
      markerUnits: "userSpaceOnUse",
    }, defs);
    made("path", { d: "M0 0.5L10 4L0 7.5z", class: id }, marker);
  }
  const lines = made("g", { "aria-hidden": true }, svg), boxes = made("g", {}, svg), over = made("g", {}, svg);

  const members = groups.map(() => []);
  nodes.forEach((node, i) => {
    for (let g = node.group; g >= 0; g = groups[g].parent) members[g].push(i);
  });
  // What leaves a group: the numbers in it that are used outside, or are the result.
  const outputs = groups.map((_, g) => {
    const inside = new Set(members[g]), found = new Set(inside.has(graph.root) ? [graph.root] : []);
    arrows.forEach(({ tail, head }) => inside.has(tail) && !inside.has(head) && found.add(tail));
    return [...found];
  });
  const shown = nodes.map((node) =>
    boxIn(boxes, node.kind, node.box, node.kind === "constant" && !node.label ? 1 : node.kind === "constant" ? 2 : 3));
  const foldedBoxes = groups.map((group, g) => {
    const spots = members[g].map((i) => nodes[i].box);
    const left = Math.min(...spots.map((b) => b[0])), right = Math.max(...spots.map((b) => b[0] + b[2]));
    const top = Math.min(...spots.map((b) => b[1])), bottom = Math.max(...spots.map((b) => b[1] + b[3]));
    const { width, height } = GROUP;
    const place = [(left + right - width) / 2, (top + bottom - height) / 2, width, height];
    const box = boxIn(boxes, "group", place, 3);
    box.g.setAttribute("aria-expanded", false);
    return box;
  });
  const ways = arrows.map((arrow) => {
    const path = made("path", { d: arrow.path, class: nodes[arrow.tail].live ? "arrow" : "arrow still" }, lines);
    const label = arrow.label && made("text", {
      x: arrow.label[0], y: arrow.label[1], "text-anchor": "middle", "font-size": 10, class: "partial",
    }, lines);
    return { path, label };
  });

  // The box in which a node is seen: its own, or that of the outermost folded group around it.
  function seenIn(i, folded) {
    let place = shown[i], number = -1;
    for (let g = nodes[i].group; g >= 0; g = groups[g].parent)
      if (folded.has(g)) [place, number] = [foldedBoxes[g], g];
    return { ...place, group: number };
  }

  // What is hidden has no width: its texts are written, and measured, when it is seen again.
  function hide(box, on) {
    if (on) box.texts.forEach((text) => { text.textContent = ""; });
    box.g.classList.toggle("hidden", on);
  }

  // Show or hide what is folded, and lead the arrows to what is seen.
  function fold(folded) {
    const seen = nodes.map((_, i) => seenIn(i, folded));
    shown.forEach((box, i) => hide(box, seen[i].group >= 0));
    const groupsSeen = new Set(seen.map((place) => place.group));
    foldedBoxes.forEach((box, g) => hide(box, !groupsSeen.has(g)));
    const drawn = new Set();
    arrows.forEach((arrow, k) => {
      const tail = seen[arrow.tail], head = seen[arrow.head];
      const between = tail.group >= 0 || head.group >= 0;
      const key = `${tail.group >= 0 ? "g" + tail.group : arrow.tail} ${head.group >= 0 ? "g" + head.group : arrow.head}`;
      const hide = between && (tail.g === head.g || drawn.has(key));
      if (between) drawn.add(key);
      ways[k].path.classList.toggle("hidden", hide);
      if (ways[k].label) ways[k].label.classList.toggle("hidden", between);
      let d = arrow.path;
      if (between && !hide) {
        const [x1, y1] = border(tail.box, centre(head.box)), [x2, y2] = border(head.box, centre(tail.box));
        const length = Math.hypot(x2 - x1, y2 - y1) || 1, cut = Math.max(0, 1 - 10 / length);
        d = `M${x1} ${y1}L${x1 + (x2 - x1) * cut} ${y1 + (y2 - y1) * cut}`;
      }
      ways[k].path.setAttribute("d", d);
    });
  }

  // Mark the boxes of a group; null: of none.
  function point(g) {
    const chosen = new Set(g === null ? [] : members[g]);
    shown.forEach((box, i) => box.g.toggleAttribute("data-pointed", chosen.has(i)));
    foldedBoxes.forEach((box, k) => box.g.toggleAttribute("data-pointed", members[k].every((i) => chosen.has(i))));
  }
  return { shown, foldedBoxes, ways, members, outputs, over, seenIn, fold, point };
}
