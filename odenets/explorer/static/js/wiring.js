import { ask } from "./asking.js";
import { card, notice, reachable } from "./cards.js";
import { make, replace, setAll, svg } from "./dom.js";
import { label, labelText } from "./labels.js";
import { textWidth } from "./looks.js";
import { follower } from "./panels.js";
import { exportable } from "./picture.js";
import { activeDesign, designTitle } from "./store.js";
import { BOX, DECIMAL, LETTERS, wiringLayout } from "./wiringlayout.js";

const CAPTION = "Read from left to right. A horizontal line carries a value. A mark on it takes that value, times the "
  + "number beside the mark (1 where there is none), into the sum that runs down to a box or an arrow. A box evaluates "
  + "its field on that sum, an arrow is a state after the step. Lines that cross without a mark do not touch.";
const MEANINGS = {
  plain: "positive coefficient",
  negative: "negative coefficient",
  parameter: "coefficient with a parameter",
};
const PRESENT = { stroke: "var(--ink)", "stroke-width": 1.2 };
const PAST = { stroke: "var(--series-3)", "stroke-width": 1.6, "stroke-dasharray": "6 3" };
const NEGATIVE = { fill: "var(--card)", stroke: "var(--warn)", "stroke-width": 1.8 };
const [ROOMY, LARGEST] = [680, 1.4]; // pixels up to which a small diagram is enlarged, and by how much at most
const HISTORY = "kept from earlier steps";

// How one step of the active design is wired: a crossbar, drawn from the view `wiring`.
export function wiringPanel(store) {
  const picture = svg("svg", { role: "img" });
  const scroll = reachable(make("div", { class: "scrolls" }, picture), "Wiring diagram");
  Object.assign(picture.style, { display: "block" });
  Object.assign(scroll.style, { maxHeight: "38rem" });
  const figure = make("figure", {}, scroll, make("figcaption", { class: "muted" }, CAPTION));
  const title = () => `Wiring diagram of ${designTitle(activeDesign(store.state))}`;
  const tools = [exportable(picture, title, CAPTION)];
  const panel = card({ name: "wiring", title: "Wiring diagram", tools, wide: true });

  function draw(answer) {
    if (answer.absent) return replace(panel.body, notice(answer.absent));
    if (!figure.isConnected) replace(panel.body, figure);
    drawWiring(picture, answer);
    picture.setAttribute("aria-label", `${title()}: ${summary(answer)}`);
    return panel.body;
  }

  const pick = (state) => (state.page === "design" ? activeDesign(state) : null);
  const update = follower(pick, (design) => panel.hold(ask("wiring", design).catch(absent), draw));
  return { element: panel.element, update };
}

// That a scheme has no wiring is an answer, not a mistake in typing: no old picture is left.
function absent(refusal) {
  if (!/has no wiring/.test(refusal?.sentence ?? "")) throw refusal;
  return { absent: refusal.sentence };
}

function summary({ lanes, columns, taps }) {
  const boxes = columns.filter((column) => column.field.length);
  const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const states = lanes.filter((lane) => !lane.slope).map((lane) => labelText(lane.label)).join(", ");
  return `${count(boxes.length, "evaluation")}, ${count(taps.length, "coefficient")}, from ${states}`;
}

// Draws the answer of the view into an SVG element and sets its size.
function drawWiring(picture, answer) {
  const parts = wiringLayout(answer);
  const keys = legend(answer);
  const width = Math.ceil(Math.max(parts.width, 320)) + 16;
  const room = picture.parentElement?.clientWidth ?? 0;
  const scale = Math.min(Math.max(Math.min(room, ROOMY) / width, 1), LARGEST);
  const perRow = Math.max(1, Math.floor(width / 220));
  const height = Math.ceil(parts.height + 22 * Math.ceil(keys.length / perRow));
  const size = { width: scale * width, height: scale * height, viewBox: `-8 0 ${width} ${height}` };
  setAll(picture, size);
  const fields = [...new Set(parts.columns.map((column) => labelText(column.field)).filter(Boolean))];
  replace(picture,
    parts.lanes.map(drawnLane),
    parts.columns.map((column) => drawnColumn(column, parts.right, fields)),
    parts.lanes.map(laneLabel),
    parts.taps.map(drawnTap),
    keys.map((key, i) => drawnKey(key, 4 + 220 * (i % perRow), parts.height + 4 + 22 * Math.floor(i / perRow))));
}

function drawnLane({ start, end, y, lag }) {
  return svg("line", { x1: start, x2: end, y1: y, y2: y, ...laneLook(lag) });
}

function laneLook(lag) {
  return lag ? PAST : PRESENT;
}

function laneLabel({ label: name, slope, start, y, lag }) {
  const look = { fill: lag ? "var(--series-3)" : "var(--ink)" };
  if (slope) return label(name, start + 3, y - 4, DECIMAL, look);
  return label(name, 0, y + 4, LETTERS, look);
}

// A sum from its highest value down to its box, or to the arrow of the next state.
function drawnColumn({ x, y, top, bottom, field, label: name }, right, fields) {
  const line = (ends) => svg("line", { ...PRESENT, ...ends });
  if (!field.length) {
    const arrow = svg("path", { d: `M${right - 8} ${y - 4}L${right} ${y}L${right - 8} ${y + 4}Z`, fill: "var(--ink)" });
    const down = line({ x1: x, x2: x, y1: top, y2: Math.max(y, bottom) });
    return [down, line({ x1: x, x2: right - 4, y1: y, y2: y }), arrow, label(name, right + 6, y + 4, LETTERS)];
  }
  const colour = `var(--series-${fields.indexOf(labelText(field)) % 6})`;
  const corner = { x: x - BOX, y: y - BOX, width: 2 * BOX, height: 2 * BOX, rx: 3 };
  const width = textWidth(labelText(field), LETTERS);
  return [
    line({ x1: x, x2: x, y1: top, y2: y - BOX }),
    svg("rect", { ...corner, fill: "var(--card)" }),
    svg("rect", { ...corner, fill: colour, "fill-opacity": 0.18, stroke: "var(--ink)" }),
    label(field, x - width / 2, y + 4, LETTERS),
  ];
}

// Kinds of coefficients differ in shape: a dot, a ring with a minus beside it in the number, a diamond.
function mark(kind, x, y) {
  const diamond = `M${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}L${x - 5} ${y}Z`;
  return {
    plain: () => svg("circle", { cx: x, cy: y, r: 3.6, fill: "var(--ink)" }),
    negative: () => svg("circle", { cx: x, cy: y, r: 4, ...NEGATIVE }),
    parameter: () => svg("path", { d: diamond, fill: "var(--series-0)" }),
  }[kind]();
}

function drawnTap({ x, y, label: coefficient, kind, size }) {
  const fill = { plain: "var(--ink)", negative: "var(--warn)", parameter: "var(--series-0)" }[kind];
  const down = coefficient.some((segment) => "over" in segment) ? 0.52 * size : 0.1 * size;
  return svg("g", {}, mark(kind, x, y), label(coefficient, x + 6, y - 4 - down, size, { fill }));
}

function legend({ lanes, taps }) {
  const kinds = Object.keys(MEANINGS).filter((kind) => taps.some((tap) => tap.kind === kind));
  const keys = kinds.map((kind) => ({ text: MEANINGS[kind], drawn: (x, y) => mark(kind, x + 10, y) }));
  const history = (x, y) => svg("line", { x1: x, x2: x + 20, y1: y, y2: y, ...laneLook(1) });
  return lanes.some((lane) => lane.lag) ? [...keys, { text: HISTORY, drawn: history }] : keys;
}

function drawnKey({ text, drawn }, x, y) {
  return [drawn(x, y), svg("text", { x: x + 28, y: y + 4, "font-size": 12, fill: "var(--ink)" }, text)];
}
