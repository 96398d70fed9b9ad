import { ask } from "./asking.js";
import { card } from "./cards.js";
import { button, freshId, make } from "./dom.js";
import { dashOf, onWidth } from "./looks.js";
import { exportable } from "./picture.js";
import { plane } from "./plane.js";
import { regionLayer } from "./regionlayer.js";
import { captionText, intervalsText, labelText, readoutText, TITLE } from "./regionwords.js";
import { designTitle } from "./store.js";

const QUIET = 140; // ms after the last move before the picture is refined
const PATIENCE = 500; // ms after the last change before the intervals are asked for: the certificate has them then
const SLICE = 4; // ms of computing in a frame
const START = { x: [-5, 2], y: [-4, 4] };

// The smallest window {x: [low, high], y} around some.
function union(windows) {
  const axis = (name) => [
    Math.min(...windows.map((each) => each[name][0])), Math.max(...windows.map((each) => each[name][1])),
  ];
  return { x: axis("x"), y: axis("y") };
}

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
    const words = captionText({ ...self, star: store.state.star });
    if (caption.textContent !== words) caption.textContent = words;
  }

  function say(x, y) {
    const known = x !== null && self.layers.some((layer) => layer.evaluate);
    readout.textContent = known ? readoutText(self, x, y, picture.view.width) : "";
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
    if (windows.length) self.window = union(self.fresh ? windows : [self.window, ...windows]);
    self.fresh &&= windows.length < self.layers.length;
    if (!store.state.plane) picture.set(picture.holding(self.window));
  }

  function describe() {
    const facts = self.layers.length === 1 ? self.facts : "";
    picture.svg.setAttribute("aria-label", labelText(title(), facts, picture.window()));
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
      self.facts = intervalsText(answer.facts);
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
