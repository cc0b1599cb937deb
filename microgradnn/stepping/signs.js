// Two small signs: a product on the arrow along which it passes, a sum on the gradient of the box that gains.

const LETTER = 5.9, LINE = 13;  // the width of a letter and the height of a line, at 11 units

// How much of a rectangle lies on another.
function overlap([x, y, w, h], [a, b, c, d]) {
  return Math.max(0, Math.min(x + w, a + c) - Math.max(x, a)) * Math.max(0, Math.min(y + h, b + d) - Math.max(y, b));
}

function signs(graph, drawn) {
  const { frame } = graph;
  const made2 = ["product", "total"].map((kind) => {
    const g = made("g", { class: `sign ${kind}`, visibility: "hidden" }, drawn.over);
    return { g, rect: made("rect", { rx: 4 }, g), text: made("text", { "text-anchor": "middle", "font-size": 11 }, g) };
  });
  const sampled = new Map();  // arrows as points, as long as they lie as they did
  let quiet = null;  // the label whose place the product takes

  // Lines of text in a frame of their own, which lies in the picture.
  function put(k, lines, [x, y, w, h]) {
    const { g, rect, text } = made2[k];
    g.setAttribute("visibility", "visible");
    for (const [key, value] of Object.entries({ x, y, width: w, height: h })) rect.setAttribute(key, value);
    text.replaceChildren(...lines.map((line, n) => {
      const span = made("tspan", { x: x + w / 2, y: y + 11.5 + n * LINE });
      span.textContent = line;
      return span;
    }));
  }

  const size = (lines) => [Math.max(...lines.map((line) => [...line].length)) * LETTER + 10, lines.length * LINE + 3];
  // An equation in one line, in two and in three.
  function broken(text) {
    const [left, result] = text.split(" = "), cut = left.search(/ [\u00b7+] /);
    return [[text], [left, ` = ${result}`], [left.slice(0, cut), left.slice(cut), ` = ${result}`]];
  }
  const inside = ([x, y, w, h]) => [
    Math.min(Math.max(x, frame[0]), Math.max(frame[0], frame[0] + frame[2] - w)),
    Math.min(Math.max(y, frame[1]), Math.max(frame[1], frame[1] + frame[3] - h)), w, h];

  function points(path) {
    const d = path.getAttribute("d"), known = sampled.get(path);
    if (known && known.d === d) return known.points;
    const length = path.getTotalLength();
    const found = Array.from({ length: 25 }, (_, k) => path.getPointAtLength((length * (k + 0.5)) / 25));
    sampled.set(path, { d, points: found });
    return found;
  }

  // The place on the arrow, or as near to it as can be, that covers no box, no other arrow and no other number.
  function beside(way, text, taken) {
    const seen = ({ g }) => !g.classList.contains("hidden");
    const standing = [...drawn.shown, ...drawn.foldedBoxes].filter(seen), boxes = standing.map(({ box }) => box);
    const names = standing.map(({ box: [x, , w], texts: [name] }) => {
      const room = Math.min([...name.textContent].length * 8 + 4, w);
      return [x + (w - room) / 2, name.getAttribute("y") - 12, room, 16];
    });
    const others = drawn.ways.filter(({ path }) => path !== way.path && !path.classList.contains("hidden"));
    const near = others.length > 300 ? [] : others;
    const labels = near.filter(({ label }) => label && label.textContent && !label.classList.contains("hidden"))
      .map(({ label }) => [label.getAttribute("x") - 26, label.getAttribute("y") - 9, 52, 11]);
    const crossing = near.flatMap(({ path }) => points(path));
    let best = null;
    for (const lines of broken(text)) {
      const [w, h] = size(lines);
      points(way.path).forEach((p, t) => {
        for (const off of [0, 5, -5, 10, -10, 16, -16, 24, -24, 34, -34, 46, -46, 60, -60]) {
          const rect = inside([p.x - w / 2, p.y + off - h / 2, w, h]);
          const away = Math.max(0, Math.abs(off) - h / 2);  // 0: it lies on the arrow
          const cost = Math.abs(off) * 0.5 + away * 12 + Math.abs(t - 12) + (lines.length - 1) * 6
            + boxes.reduce((sum, box) => sum + overlap(rect, box) * 0.1, 0)
            + [...names, taken].reduce((sum, box) => sum + overlap(rect, box) * 6, 0)
            + labels.reduce((sum, label) => sum + overlap(rect, label) * 0.5, 0)
            + crossing.filter(({ x, y }) => x > rect[0] && x < rect[0] + w && y > rect[1] && y < rect[1] + h).length * 6;
          if (best === null || cost < best.cost) best = { cost, lines, rect };
        }
      });
    }
    return best;
  }

  function clear() {
    made2.forEach(({ g, text }) => {
      g.setAttribute("visibility", "hidden");
      text.replaceChildren();
    });
    if (quiet) quiet.removeAttribute("visibility");
    quiet = null;
  }

  // The product along one arrow and the sum in the box that gains; the names of both stay to be seen.
  function show(way, gaining, product, sum) {
    clear();
    const sums = size([sum])[0] > gaining.box[2] + 24 ? broken(sum)[1] : [sum];
    const [w, h] = size(sums), line = gaining.texts[gaining.texts.length - 1];
    const total = inside([gaining.box[0] + gaining.box[2] / 2 - w / 2, line.getAttribute("y") - 10, w, h]);
    put(1, sums, total);
    if (way.label) [quiet] = [way.label];
    if (quiet) quiet.setAttribute("visibility", "hidden");
    const found = beside(way, product, [total[0] - 3, total[1] - 3, total[2] + 6, total[3] + 6]);
    put(0, found.lines, found.rect);
  }
  return { clear, show };
}
