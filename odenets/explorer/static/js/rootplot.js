import { make, replace, svg } from "./dom.js";
import { onWidth, textWidth } from "./looks.js";
import { viewPanel } from "./panels.js";
import { exportable } from "./picture.js";
import { around, places } from "./places.js";
import { activeDesign, designTitle } from "./store.js";
import { numberText, roundStep, ticks } from "./ticks.js";

const ON = 1e-9; // how far from 1 the modulus of a root on the circle is computed
const SIZE = 11.5; // pixels of the letters
const [LEFT, BOTTOM, EDGE] = [36, 34, 8];
const MEANINGS = {
  principal: "principal root 1",
  inside: "inside: dies out",
  circle: "on the circle: neither dies out nor grows",
  outside: "outside, or multiple on the circle: grows",
};
const CAPTION = "The roots ζ of ρ, the eigenvalues of V: as h → 0 a step multiplies each mode of the kept history by "
  + "its ζ. The root 1 carries the solution; every other one must die out.";
const ROWS = 3; // of the key for which there is always room, so that the circle rests while roots move

// The characteristic roots of the active design in the unit circle, with the verdict on zero-stability.
export function rootPanel(store) {
  const picture = svg("svg", { role: "img" });
  const [verdict, caption] = [make("p", { class: "verdict" }), make("figcaption", { class: "muted" }, CAPTION)];
  const figure = make("figure", {}, picture, verdict, caption);
  Object.assign(picture.style, { display: "block", maxWidth: "100%", margin: "0 auto" });
  Object.assign(verdict.style, { minHeight: "4.6em" });
  let [shown, width] = [null, 0];
  const title = () => `Characteristic roots of ${designTitle(activeDesign(store.state))}`;
  const save = exportable(picture, title, () => `${verdict.textContent} ${CAPTION}`);

  function draw() {
    if (!shown || width < 60) return;
    const size = Math.min(width, 360);
    ["width", "height"].forEach((name) => picture.setAttribute(name, size));
    picture.setAttribute("viewBox", `0 0 ${size} ${size}`);
    const found = shown.roots.map((root) => ({ ...root, kind: kindOf(root, shown.stable) }));
    const times = ({ multiplicity }) => (multiplicity > 1 ? ` (${multiplicity}-fold)` : "");
    const list = found.map((root) => root.value + times(root)).join(", ");
    picture.setAttribute("aria-label", `${title()}: ${list}. ${shown.says}`);
    replace(picture, drawnRoots(found, size));
    const at = Object.entries(shown.at ?? {}).map(([name, value]) => `${name} = ${value}`).join(", ");
    const sentences = [`${shown.says}${at ? ` (drawn at ${at})` : ""}`, shown.range].filter(Boolean);
    verdict.textContent = `${sentences.map(capital).join(". ")}.`;
  }

  onWidth(figure, (next) => {
    width = next;
    draw();
  });
  return viewPanel({
    name: "roots",
    title: "Roots at h = 0",
    tools: [save],
    draw(answer, panel) {
      shown = answer;
      if (!figure.isConnected) replace(panel.body, figure);
      draw();
    },
  });
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// A multiple root on the circle grows unless the scheme is stable all the same: it has as many eigenvectors.
function kindOf({ kind, re, im, multiplicity }, stable) {
  return multiplicity > 1 && Math.hypot(re, im) >= 1 - ON && !stable ? "outside" : kind;
}

function drawnRoots(found, size) {
  const most = Math.max(...found.map(({ re, im }) => Math.hypot(re, im)), 0);
  const reach = most <= 1.15 ? 1.3 : roundStep(1.2 * most); // steps, so that the picture rests while a root moves
  const kinds = Object.keys(MEANINGS).filter((kind) => found.some((root) => root.kind === kind));
  const key = 10 + 16 * Math.max(ROWS, kinds.length);
  const frame = { left: LEFT, right: size - EDGE, top: EDGE, bottom: size - BOTTOM - key };
  const unit = Math.min(frame.right - frame.left, frame.bottom - frame.top) / 2 / reach;
  const origin = { x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2 };
  const points = found.map(({ re, im }) => ({ x: origin.x + re * unit, y: origin.y - im * unit }));
  const labels = found.map((root) => labelOf(root, found));
  const sizes = labels.map((text) => text && { width: textWidth(text, SIZE), height: SIZE + 2 });
  const spots = places(points, sizes, origin, obstacles(origin, unit, frame), square(origin, reach * unit));
  const leader = (spot, i) => spot?.far
    && svg("line", { x1: points[i].x, y1: points[i].y, x2: spot.x, y2: spot.y, stroke: "var(--line)" });
  const label = (spot, i) => spot && svg("text", { x: spot.x, y: spot.y + 4, "text-anchor": "middle", "font-size": SIZE,
    fill: found[i].kind === "outside" ? "var(--warn)" : "var(--ink)" }, labels[i]);
  return [
    ...axes(origin, unit, frame, reach),
    ...spots.map(leader),
    ...points.map((point, i) => mark(found[i].kind, point)),
    ...spots.map(label),
    ...kinds.map((kind, i) => legend(kind, frame.bottom + BOTTOM + 10 + 16 * i)),
  ];
}

function axes(origin, unit, frame, reach) {
  const text = (attributes, content) => svg("text", { fill: "var(--muted)", "font-size": 11, ...attributes }, content);
  const line = (x1, y1, x2, y2) => svg("line", { x1, y1, x2, y2, stroke: "var(--line)" });
  const marks = ticks(-reach, reach, 5);
  const bottom = origin.y + reach * unit;
  const left = origin.x - reach * unit;
  return [
    svg("circle", { cx: origin.x, cy: origin.y, r: unit, ...DISC }),
    line(frame.left, origin.y, frame.right, origin.y),
    line(origin.x, frame.top, origin.x, frame.bottom),
    ...marks.map(({ value, text: label }) =>
      text({ x: origin.x + value * unit, y: bottom + 13, "text-anchor": "middle" }, label)),
    ...marks.map(({ value, text: label }) =>
      text({ x: left - 4, y: origin.y - value * unit + 4, "text-anchor": "end" }, label)),
    text({ x: origin.x, y: bottom + 27, "text-anchor": "middle", fill: "var(--ink)" }, "Re ζ"),
    text({ x: left + 4, y: frame.top + 8, fill: "var(--ink)" }, "Im ζ"),
  ];
}

function square({ x, y }, half) {
  return { left: x - half, right: x + half, top: y - half, bottom: y + half };
}

const DISC = { fill: "var(--series-0)", "fill-opacity": 0.08, stroke: "var(--muted)" };
const RING = { fill: "var(--card)", stroke: "var(--series-0)", "stroke-width": 2.4 };

// What labels keep clear of: the axes and the unit circle.
function obstacles(origin, unit, frame) {
  const circle = Array.from({ length: 72 }, (_, k) => (k * Math.PI) / 36).map((turn) =>
    around({ x: origin.x + unit * Math.cos(turn), y: origin.y + unit * Math.sin(turn) }, 3, 3));
  const wide = { left: frame.left, right: frame.right, top: origin.y - 1, bottom: origin.y + 1 };
  const tall = { left: origin.x - 1, right: origin.x + 1, top: frame.top, bottom: frame.bottom };
  return [wide, tall, ...circle];
}

// Kinds differ in shape, not in colour alone: dot, ring, diamond, cross.
function mark(kind, { x, y }) {
  const edge = { stroke: "var(--ink)", "stroke-width": 1 };
  const diamond = `M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z`;
  const cross = `M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x + 5} ${y - 5}L${x - 5} ${y + 5}`;
  return {
    principal: () => svg("circle", { cx: x, cy: y, r: 5, fill: "var(--ink)" }),
    inside: () => svg("circle", { cx: x, cy: y, r: 4.5, ...RING }),
    circle: () => svg("path", { d: diamond, fill: "var(--series-1)", ...edge }),
    outside: () => svg("path", { d: cross, stroke: "var(--warn)", "stroke-width": 3.2, "stroke-linecap": "round" }),
  }[kind]();
}

function legend(kind, y) {
  const text = svg("text", { x: LEFT + 14, y: y + 4, "font-size": 11.5, fill: "var(--ink)" }, MEANINGS[kind]);
  return svg("g", {}, mark(kind, { x: LEFT, y }), text);
}

// What a mark is labelled with; nothing for the lower of two conjugates.
function labelOf({ value, re, im, multiplicity, kind }, found) {
  const paired = found.some((other) => Math.abs(other.re - re) <= ON && Math.abs(other.im + im) <= ON);
  if (im < -ON && paired) return "";
  const times = multiplicity > 1 ? `, ${multiplicity}-fold` : "";
  const size = numberText(Math.hypot(re, im), 3);
  if (Math.abs(im) <= ON) return `${value.length <= 7 ? value.replace("-", "−") : numberText(re)}${times}`;
  const sign = paired ? "±" : im > 0 ? "+" : "−";
  if (kind !== "outside") return `|ζ| = ${size}${times}`;
  return `${numberText(re, 3)} ${sign} ${numberText(Math.abs(im), 3)}i, |ζ| = ${size}${times}`;
}
