import { contours, pathText, thinPoints } from "./contours.js";
import { svg } from "./dom.js";
import { growthField } from "./field.js";
import { MOST } from "./growth.js";
import { colourOf, dashOf } from "./looks.js";

const [FINE, COARSE] = [2, 6]; // least pixels between points of the grid
const QUICK = 5; // ms: a fine picture that takes less is drawn while the window moves
const MARGIN = 0.25; // of the window, computed on each side while it rests, so that a drag finds something there
const LEVEL = 1e-9; // log growth of exactly 1, as on the leapfrog's segment, is computed to about this
const NOISE = 1e-14; // log |R e^(-wz)| next to the origin is computed to about this
const SIZES = [0.25, 0.5, 2, 4]; // of |ζ|, whose lines can be shown

// The picture of one polynomial {coefficients, step, mirrored} in the series colour `index`: region, order star,
// lines of |ζ|.
// draw(plane, {moving, star, levels, several}, until) gives whether it is done; place(plane) moves what is drawn.
export function regionLayer(index) {
  const colour = colourOf(index);
  const path = (look) => svg("path", { "vector-effect": "non-scaling-stroke", "stroke-linejoin": "round", ...look });
  const fill = path({ fill: colour, "fill-rule": "evenodd", stroke: "none" });
  const edge = path({ fill: "none", stroke: colour, "stroke-width": 1.8 });
  const lines = path({ fill: "none", stroke: colour, "stroke-width": 1, "stroke-opacity": 0.65 });
  const dots = path({ fill: "none", stroke: colour, "stroke-width": 3.5, "stroke-linecap": "round" });
  const element = svg("g", {}, fill, lines, edge, dots);
  const self = { element, colour: index, evaluate: null, oneStep: true, step: 1, mirrored: false, cost: Infinity };
  let [fields, drawn, shown] = [null, null, null];

  // A new polynomial; what is drawn stays until the next drawing.
  self.set = ({ coefficients, step, mirrored }) => {
    fields = { fine: growthField(coefficients), coarse: growthField(coefficients) };
    Object.assign(self, { evaluate: fields.fine.evaluate, oneStep: coefficients.length === 2, step, mirrored });
    shown = null;
  };

  self.place = (plane) => {
    if (!drawn) return;
    const size = drawn.spacing * plane.scale;
    const [x, y] = plane.toPixel(drawn.left * drawn.spacing, drawn.bottom * drawn.spacing);
    element.setAttribute("transform", `matrix(${size} 0 0 ${-size} ${x} ${y})`);
  };

  self.draw = (plane, options, until) => {
    if (!fields) return true;
    const which = options.moving && self.cost > QUICK ? "coarse" : "fine";
    const spacing = spacingOf(plane.scale, which === "fine" ? FINE : COARSE);
    const kept = drawn && shown && shown.star === options.star && shown.several === options.several
      && (options.moving || shown.levels === options.levels) && covers(drawn, plane);
    if (kept && (options.moving ? near(drawn, plane) : drawn.spacing === spacing)) return true;
    const began = performance.now();
    const field = fields[which];
    field.wanted(grown(plane.window(), options.moving ? 0.05 : MARGIN), spacing);
    const done = field.work(until);
    if (done) {
      drawn = field.grid();
      paint(drawn, options);
      self.place(plane);
      shown = { ...options, levels: options.levels && !options.moving };
    }
    spend(which, done, performance.now() - began);
    return done;
  };

  // The time of a fine drawing decides whether the next is quick enough for a drag.
  let spent = 0;
  function spend(which, done, time) {
    if (which !== "fine") return;
    spent += time;
    if (done) [self.cost, spent] = [spent, 0];
  }

  function paint(grid, { star, levels, several, moving }) {
    const { values, columns, rows } = grid;
    const thin = thinPoints(values, columns, rows, LEVEL);
    for (const [i, j] of thin) values[j * columns + i] = 2 * LEVEL;
    const border = pathText(contours(values, columns, rows, LEVEL));
    const inside = star ? pathText(contours(starred(grid, self), columns, rows, 0)) : border;
    fill.setAttribute("d", inside);
    fill.setAttribute("fill-opacity", several ? (star ? 0 : 0.09) : 0.2);
    edge.setAttribute("d", star && several ? inside : border);
    edge.setAttribute("stroke-dasharray", dashOf(several ? index : star ? 1 : 0) || "none");
    dots.setAttribute("d", thin.map(([i, j]) => `M${i} ${j}h0`).join(""));
    const sizes = levels && !moving ? SIZES : [];
    lines.setAttribute("d", sizes.map((size) => pathText(contours(values, columns, rows, Math.log(size)))).join(""));
  }

  return self;
}

// −log |R(z) e^(−wz)| on the grid, at most 0 in the order star; where both agree to rounding it counts as outside.
// Of a mirrored scheme the exact factors are e^(±wz), and the larger counts; without w there is no star.
function starred({ values, columns, left, spacing }, { step, mirrored }) {
  if (typeof step !== "number") return values.map(() => MOST);
  return values.map((value, at) => {
    const x = (left + (at % columns)) * spacing;
    const relative = step * (mirrored ? Math.abs(x) : x) - value;
    return value === MOST ? MOST : Math.abs(relative) < NOISE ? NOISE : relative;
  });
}

// The grid's spacing in the plane: a power of two, so that a zoom meets few of them, of at least `least` pixels.
function spacingOf(scale, least) {
  return 2 ** Math.ceil(Math.log2(least / scale));
}

function grown({ x, y }, margin) {
  const wider = ([low, high]) => [low - margin * (high - low), high + margin * (high - low)];
  return { x: wider(x), y: wider(y) };
}

function covers({ left, bottom, columns, rows, spacing }, plane) {
  const { x, y } = plane.window();
  return (left + 1) * spacing <= x[0] && (left + columns - 2) * spacing >= x[1]
    && (bottom + 1) * spacing <= y[0] && (bottom + rows - 2) * spacing >= y[1];
}

// Whether what is drawn is neither too coarse nor too fine to be moved along with the window.
function near(drawn, plane) {
  const pixels = drawn.spacing * plane.scale;
  return pixels > FINE / 3 && pixels < 2.5 * COARSE;
}
