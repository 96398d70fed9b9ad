import { svg } from "./dom.js";
import { colourOf, dashOf, textWidth } from "./looks.js";

// The keys of named series laid out in rows above the data: {items: [{one, x, y, text}], height in rows}.
export function legendRows(series, width, size) {
  const items = [];
  let [x, row] = [8, 0];
  for (const one of series.filter((each) => each.name)) {
    const need = 28 + textWidth(one.name, size) + 18;
    if (x > 8 && x + need > width) [x, row] = [8, row + 1];
    items.push({ one, x, y: 16 + 18 * row, text: one.name });
    x += need;
  }
  return { items, height: items.length ? row + 1 : 0 };
}

// The mark of a series {kind: "line" | "points" | "band", colour, dash} and its name, x and y where they begin.
export function legendKey({ one, x, y, text }) {
  const colour = colourOf(one.colour);
  const line = { x1: x, x2: x + 22, y1: y - 4, y2: y - 4, stroke: colour, "stroke-width": 2 };
  const mark = {
    line: () => svg("line", { ...line, "stroke-dasharray": dashOf(one.dash) || "none" }),
    points: () => svg("circle", { cx: x + 11, cy: y - 4, r: 3.2, fill: colour }),
    band: () => svg("rect", { x, y: y - 9, width: 22, height: 10, fill: colour, "fill-opacity": "0.25" }),
  }[one.kind ?? "line"]();
  return svg("g", {}, mark, svg("text", { x: x + 28, y, fill: "var(--ink)", "font-size": 12 }, text));
}
