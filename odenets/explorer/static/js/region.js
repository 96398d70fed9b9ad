import { ask } from "./asking.js";
import { card } from "./cards.js";
import { complexText, numberText } from "./ticks.js";
import { button, freshId, make } from "./dom.js";
import { dashOf, onWidth } from "./looks.js";
import { sizeOf } from "./growth.js";
import { exportable } from "./picture.js";
import { plane } from "./plane.js";
import { regionLayer } from "./regionlayer.js";
import { designTitle } from "./store.js";

const QUIET = 140; // ms after the last move before the picture is refined
const PATIENCE = 500; // ms after the last change before the intervals are asked for: the certificate has them then
const SLICE = 4; // ms of computing in a frame
const START = { x: [-5, 2], y: [-4, 4] };
const TITLE = { false: "Stability region", true: "Order star" };
const LINES = " Thin lines, outwards from a zero: |ζ| = 1/4, 1/2, 2, 4.";
const CAPTIONS = {
  false: "Shaded: the steps hλ for which every solution of the scheme on u′ = λu stays bounded: no root ζ of its "
    + "stability polynomial is larger than 1. A row of dots is a part without inside.",
  true: "Shaded: where the scheme multiplies a solution of u′ = λu by more than the exact factor, |R(z)| > |exp(wz)|, "
    + "w the time that a step advances; p + 1 shaded fingers meet at 0 for order p, where no other root ζ is as "
    + "large. Dashed: the edge of the stability region.",
  several: "Lines: the edges of the order stars, where a scheme multiplies a solution of u′ = λu by as much as the "
    + "exact factor, |R(z)| = |exp(wz)|, w the time that a step advances; p + 1 fingers of {>} meet at 0 for order p, "
    + "where no other root ζ is as large.",
};

// The regions of absolute stability of the page's designs, or their order stars, in the plane of z = hλ.
export function regionPanel(store) {
  const lane = freshId("region");
  let asked = ""; // the designs that are drawn, as JSON
  const self = { layers: [], names: [], answers: [], facts: "", tables: "", window: START, fresh: true, levels: false };
  Object.assign(self, { told: null, lastMove: -Infinity, frame: 0, timer: 0, asking: 0 });
  const picture = plane({
    labels: { x: "Re hλ", y: "Im hλ" },
    moved: (view, byUser) => moved(view, byUser),
    point: (x, y) => say(x, y),
    fit: () => store.change({ plane: null }),
  });
  const readout = make("output", { class: "readout", "aria-live": "polite" });
  const caption = make("figcaption", { class: "muted" });
  const figure = make("figure", {}, picture.svg, readout, caption);
  Object.assign(readout.style, { display: "block", minHeight: "1.5em", fontVariantNumeric: "tabular-nums" });
  const star = button("Order star", () => store.change({ star: !store.state.star }), { class: "quiet" });
  const levels = button("Lines of |ζ|", () => toggleLevels(), { class: "quiet", "aria-pressed": "false" });
  const fit = button("Fit", () => store.change({ plane: null }), { class: "quiet" });
  const title = () => `${TITLE[store.state.star]} of ${self.names.join(", ")}`;
  const save = exportable(picture.svg, title, () => caption.textContent);
  const panel = card({ name: "region", title: TITLE.false, tools: [star, levels, fit, save] });
  panel.body.append(figure);

  function schedule() {
    self.frame ||= requestAnimationFrame(drawFrame);
  }

  function drawFrame() {
    self.frame = 0;
    if (!picture.svg.isConnected || picture.svg.getBoundingClientRect().width === 0) return;
    const moving = performance.now() - self.lastMove < QUIET;
    const options = { moving, star: store.state.star, levels: self.levels, several: self.layers.length > 1 };
    const until = performance.now() + SLICE;
    self.layers.forEach((layer) => layer.place(picture));
    const done = self.layers.map((layer) => layer.draw(picture, options, until)).every(Boolean);
    if (moving || !done) schedule();
    else describe();
  }

  function moved(view, byUser) {
    schedule();
    if (!byUser) return;
    self.lastMove = performance.now();
    const decimals = Math.min(Math.max(Math.ceil(5 - Math.log10(view.width)), 0), 15);
    const digits = (value) => Number(value.toFixed(decimals));
    self.told = { x: digits(view.x), y: digits(view.y), width: digits(view.width) };
    clearTimeout(self.timer);
    self.timer = setTimeout(() => store.change({ plane: self.told }), QUIET);
  }

  function toggleLevels() {
    self.levels = !self.levels;
    levels.setAttribute("aria-pressed", self.levels);
    explain();
    schedule();
  }

  function explain() {
    const { star: starred } = store.state;
    const which = starred && self.layers.length > 1 ? "several" : starred;
    const several = self.layers.length > 1;
    const told = (answer, i) => (answer?.says ?? []).map((said) => ` ${several ? `${self.names[i]}: ` : ""}${said}`);
    caption.textContent = CAPTIONS[which] + (self.levels ? LINES : "") + self.answers.flatMap(told).join("");
  }

  // "z = −1 + 0.5i: |R| 0.62, stable"; of several designs every value.
  function say(x, y) {
    readout.textContent = "";
    if (x === null || !self.layers.some((layer) => layer.evaluate)) return;
    const value = (layer) => sizeOf(layer.evaluate(x, y));
    const single = self.layers.length === 1;
    const sizes = self.layers.map((layer, i) => {
      const what = single ? (layer.oneStep ? "|R(z)| = " : "largest |ζ| = ") : `${self.names[i]} `;
      const size = layer.evaluate ? value(layer) : NaN;
      return `${what}${numberText(size)}${single ? `, ${size <= 1 + 1e-9 ? "stable" : "unstable"}` : ""}`;
    });
    const digits = Math.max(3, Math.ceil(Math.log10(Math.hypot(x, y) / picture.view.width)) + 3);
    readout.textContent = `z = ${complexText(x, y, digits)}: ${sizes.join(" · ")}`;
  }

  function ready(answer, i) {
    self.answers[i] = answer;
    self.layers[i].set(answer);
    explain();
    grow();
    if (picture.at) say(...picture.at);
    schedule();
  }

  // The window of the views; while only parameters move it grows and never shrinks, so that the picture does not jump.
  function grow() {
    const windows = self.answers.filter(Boolean).map((answer) => answer.window);
    const all = self.fresh ? windows : [self.window, ...windows];
    const ends = (axis, at) => all.map((each) => each[axis][at]);
    const union = (axis) => [Math.min(...ends(axis, 0)), Math.max(...ends(axis, 1))];
    if (windows.length) self.window = { x: union("x"), y: union("y") };
    self.fresh &&= windows.length < self.layers.length;
    if (!store.state.plane) picture.set(picture.holding(self.window));
  }

  function describe() {
    const { x, y } = picture.window();
    const ends = (range) => range.map((end) => numberText(end, 3)).join(" to ");
    const facts = self.layers.length === 1 && self.facts ? `: ${self.facts}` : "";
    const label = `${title()}${facts}. Window: real ${ends(x)}, imaginary ${ends(y)}`;
    picture.svg.setAttribute("aria-label", label);
  }

  function wanted(designs) {
    const tables = JSON.stringify(designs.map((design) => ({ ...design, values: 0 })));
    self.fresh ||= tables !== self.tables;
    self.names = designs.map(designTitle);
    while (self.layers.length > designs.length) self.layers.pop().element.remove();
    while (self.layers.length < designs.length) {
      self.layers.push(regionLayer(self.layers.length));
      picture.layer.append(self.layers[self.layers.length - 1].element);
    }
    self.answers.length = designs.length;
    if (tables !== self.tables) self.answers.fill(undefined);
    self.tables = tables;
    picture.keys(designs.length > 1 ? self.names.map((name, i) => ({ name, colour: i, dash: dashOf(i) })) : []);
    self.facts = "";
    designs.forEach((design, i) => {
      const draw = (answer) => i < self.layers.length && ready(answer, i);
      panel.hold(ask("polynomial", design, {}, `${lane}-${i}`), draw, `${i}`);
    });
    clearTimeout(self.asking);
    if (designs.length === 1) self.asking = setTimeout(() => askFacts(designs[0]), PATIENCE);
  }

  // The intervals, for the picture's label; where they are not to be had the label does without.
  function askFacts(design) {
    const keep = (answer) => {
      if (!answer || JSON.stringify([design]) !== asked) return;
      const intervals = answer.facts.filter((fact) => /^(real|imaginary)_interval$/.test(fact.name) && !fact.unknown);
      self.facts = intervals.map((fact) => `${fact.label} ${fact.cell ?? fact.says}`).join(", ");
      describe();
    };
    ask("certificate", design, { group: "stability" }, `${lane}-facts`).then(keep, () => {});
  }

  function update(state) {
    const designs = state.page === "compare" ? state.designs : [state.designs[state.active]];
    const key = JSON.stringify(designs);
    const changed = key !== asked;
    asked = key;
    if (changed) wanted(designs);
    star.setAttribute("aria-pressed", state.star);
    explain();
    panel.element.querySelector("h2").textContent = TITLE[state.star];
    if (state.plane === null) picture.set(picture.holding(self.window));
    else if (JSON.stringify(state.plane) !== JSON.stringify(self.told)) picture.set(state.plane);
    self.told = state.plane;
    describe();
    schedule();
  }

  onWidth(figure, (width) => {
    if (width < 60) return;
    picture.resize(width, Math.round(Math.min(Math.max(0.78 * width, 260), 460)));
    if (!store.state.plane) picture.set(picture.holding(self.window));
  });
  return { element: panel.element, update };
}
