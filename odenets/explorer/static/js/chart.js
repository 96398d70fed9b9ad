import { bare, paired, scales } from "./chartscales.js";
import { freshId, make, setAll, svg } from "./dom.js";
import { legendKey, legendRows } from "./legend.js";
import { colourOf, dashOf, onWidth } from "./looks.js";
import { numberText } from "./ticks.js";

const SIZE = 12; // pixels of the text
const FORWARD = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 };
const HINT = "Arrow keys move the readout along the data, Home and End go to its ends.";

// A chart. spec: {series: [{name, points: [[x, y]…], kind: "line" | "points" | "band", low, high, colour, dash}],
// x, y: {label, log, low, high}, caption, title, width, height, equal}; a band has low and high: [[x, y]…], or numbers
// beside its points. Pixels; without `width` as wide as its place. Gives {element, svg, update(spec)}.
export function chart(given) {
  const picture = svg("svg", { role: "img", tabindex: "0", class: "chart-picture" });
  const readout = make("output", { class: "readout", "aria-live": "polite" });
  const caption = make("figcaption", {});
  const element = make("figure", { class: "chart" }, picture, readout, caption);
  Object.assign(picture.style, { display: "block", maxWidth: "100%", touchAction: "pan-y", outlineOffset: "-2px" });
  Object.assign(readout.style, { display: "block", minHeight: "1.4em", fontVariantNumeric: "tabular-nums" });
  const chartState = { spec: given, width: given.width ?? 0, points: [], at: -1, cursor: null };

  function draw() {
    if (chartState.width < 60) return;
    const parts = drawn(chartState.spec, chartState.width);
    Object.assign(chartState, { points: parts.points, cursor: parts.cursor });
    setAll(picture, { width: parts.width, height: parts.height, viewBox: `0 0 ${parts.width} ${parts.height}` });
    setAll(picture, { "aria-label": summary(chartState.spec) });
    picture.replaceChildren(svg("desc", { "data-screen": "" }, HINT), ...parts.children, parts.cursor);
    if (caption.textContent !== (chartState.spec.caption ?? "")) caption.textContent = chartState.spec.caption ?? "";
    caption.hidden = !chartState.spec.caption;
    show(Math.min(chartState.at, chartState.points.length - 1));
  }

  function show(at) {
    chartState.at = at;
    const point = chartState.points[at];
    readout.textContent = point ? point.text : "";
    chartState.cursor?.replaceChildren(...(point ? marks(point) : []));
  }

  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    show(nearest(chartState.points, event.clientX - box.left, event.clientY - box.top));
  });
  picture.addEventListener("pointerleave", () => show(-1));
  picture.addEventListener("blur", () => show(-1));
  picture.addEventListener("keydown", (event) => {
    const last = chartState.points.length - 1;
    const ends = { Home: 0, End: last };
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in FORWARD || event.key in ends)) return;
    event.preventDefault();
    show(ends[event.key] ?? Math.min(Math.max(chartState.at + FORWARD[event.key], 0), last));
  });
  if (given.width) draw();
  else onWidth(element, (width) => draw(Object.assign(chartState, { width })));
  const update = (spec) => draw(Object.assign(chartState, { spec, width: spec.width ?? chartState.width }));
  return { element, svg: picture, update };
}

// All children of the picture, and the points that the readout can stand on, in pixels.
function drawn(spec, width) {
  const series = spec.series.map(paired);
  const legend = legendRows(series, width, SIZE);
  const top = 8 + 18 * legend.height + (legend.height ? 4 : 0);
  const height = (spec.height ?? 260) + top;
  const bottom = height - (spec.x?.label ? 40 : 24);
  const { x, y, left } = scales(spec, series, { width, top, bottom, size: SIZE });
  const frame = { left, right: width - 12, top, bottom };
  const clip = freshId("clip");
  const children = [
    svg("clipPath", { id: clip }, rectangle(frame, 2)),
    ...grid(x, y, frame),
    ...axisTitles(spec, frame, height),
    svg("g", { "clip-path": `url(#${clip})` }, ...series.flatMap((one) => shape(one, x, y))),
    ...legend.items.map(legendKey),
  ];
  const cursor = svg("g", { "data-screen": "", "pointer-events": "none" });
  return { children, cursor, points: stops(spec, series, x, y, frame), width, height };
}

function rectangle({ left, right, top, bottom }, room) {
  const [width, height] = [right - left + 2 * room, bottom - top + 2 * room];
  return svg("rect", { x: left - room, y: top - room, width: Math.max(width, 0), height: Math.max(height, 0) });
}

function grid(x, y, { left, right, top, bottom }) {
  const lines = [];
  const text = (attributes, content) =>
    svg("text", { fill: "var(--muted)", "font-size": SIZE - 1, ...attributes }, content);
  for (const { value, text: label } of x.ticks) {
    const at = x.pixel(value);
    lines.push(svg("line", { x1: at, x2: at, y1: top, y2: bottom, stroke: "var(--line)" }));
    lines.push(text({ x: at, y: bottom + 15, "text-anchor": "middle" }, label));
  }
  for (const { value, text: label } of y.ticks) {
    const at = y.pixel(value);
    lines.push(svg("line", { x1: left, x2: right, y1: at, y2: at, stroke: "var(--line)" }));
    lines.push(text({ x: left - 6, y: at + 4, "text-anchor": "end" }, label));
  }
  lines.push(svg("path", { d: `M${left} ${top}V${bottom}H${right}`, fill: "none", stroke: "var(--muted)" }));
  return lines;
}

function axisTitles(spec, { left, right, top, bottom }, height) {
  const look = { fill: "var(--ink)", "font-size": SIZE, "text-anchor": "middle" };
  const middle = (top + bottom) / 2;
  return [
    spec.x?.label && svg("text", { ...look, x: (left + right) / 2, y: height - 6 }, spec.x.label),
    spec.y?.label && svg("text", { ...look, transform: `translate(12 ${middle}) rotate(-90)` }, spec.y.label),
  ].filter(Boolean);
}

function shape(one, x, y) {
  const stroke = colourOf(one.colour);
  const place = ([a, b]) => `${x.pixel(a).toFixed(1)} ${y.pixel(b).toFixed(1)}`;
  if (one.kind === "band") {
    const high = bare(one.high, x, y);
    const low = bare(one.low, x, y).reverse();
    if (!high.length) return [];
    return [svg("path", { d: `M${[...high, ...low].map(place).join("L")}Z`, fill: stroke, "fill-opacity": "0.2" })];
  }
  const dots = bare(one.points, x, y);
  const radius = dots.length > 200 ? 1.8 : 3;
  const circles = () => dots.map((dot) => circle(place(dot), radius)).join("");
  if (one.kind === "points") return [svg("path", { d: circles(), fill: stroke })];
  if (dots.length === 1) return [svg("path", { d: circles(), fill: stroke })];
  let pen = "M";
  let path = "";
  for (const point of one.points) {
    const seen = x.shows(point[0]) && y.shows(point[1]);
    path += seen ? pen + place(point) : "";
    pen = seen ? "L" : "M";
  }
  const look = { fill: "none", stroke, "stroke-width": one.strong ? 2.6 : 1.7, "stroke-linejoin": "round" };
  return [svg("path", { d: path, ...look, "stroke-linecap": "round", "stroke-dasharray": dashOf(one.dash) || "none" })];
}

function circle(place, r) {
  return `M${place}m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
}

// Where the readout can stand: every x of a chart over x, with all values there, or every point of a curve in a plane.
function stops(spec, series, x, y, frame) {
  const shown = series.filter((one) => one.kind !== "band");
  const [across, up] = [short(spec.x?.label) || "x", short(spec.y?.label) || "y"];
  const over = shown.every((one) => one.points.every((point, i) => i === 0 || point[0] >= one.points[i - 1][0]));
  const stop = (one, [a, b]) => ({ one, a, b, x: x.pixel(a), y: y.pixel(b) });
  const all = shown.flatMap((one) => bare(one.points, x, y).map((point) => stop(one, point)));
  if (!over) {
    return all.map((dot) => ({
      x: dot.x, y: dot.y, dots: [dot],
      text: `${dot.one.name ? `${dot.one.name}: ` : ""}${across} ${numberText(dot.a)}, ${up} ${numberText(dot.b)}`,
    }));
  }
  const columns = new Map();
  for (const dot of all) columns.set(dot.a, [...(columns.get(dot.a) ?? []), dot]);
  return [...columns.entries()].sort(([a], [b]) => a - b).map(([a, dots]) => ({
    x: dots[0].x, y: null, dots, frame,
    text: `${across} ${numberText(a)}: ${dots.map((d) => `${d.one.name ?? up} ${numberText(d.b)}`).join(", ")}`,
  }));
}

function short(label) {
  return String(label ?? "").replace(/\s*[,(].*$/, "");
}

function nearest(points, x, y) {
  const far = (point) => (point.y === null ? Math.abs(point.x - x) : Math.hypot(point.x - x, point.y - y));
  let best = -1;
  points.forEach((point, i) => {
    if (best < 0 || far(point) < far(points[best])) best = i;
  });
  return best;
}

function marks({ x, y, frame, dots }) {
  const upright = () => svg("line", { x1: x, x2: x, y1: frame.top, y2: frame.bottom, stroke: "var(--muted)" });
  const line = y === null ? [upright()] : [];
  return [...line, ...dots.map((dot) =>
    svg("circle", { cx: dot.x, cy: dot.y, r: 4.5, fill: colourOf(dot.one.colour), stroke: "var(--card)" }))];
}

function summary(spec) {
  const names = spec.series.map((one) => one.name).filter(Boolean);
  const axes = [spec.y?.label, spec.x?.label].filter(Boolean).join(" over ");
  const few = names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");
  return [spec.title, axes, few].filter(Boolean).join(": ") || "chart";
}
