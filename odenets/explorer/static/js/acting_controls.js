// The controls of "See it act": problem, step size, steps, start, order of the modified flow, and new draws.

import { askCatalogue } from "./asking.js";
import { button, fragment, freshId, make, replace } from "./dom.js";
import { numberText } from "./ticks.js";

const ORDERS = [1, 2, 3, 4, 5, 6];
const STARTS = { usual: "usual", smooth: "smooth: no parasitic part", disturbed: "disturbed by 1 %" };
const SEEDS = 2 ** 31;

// Controls {element, paths, update(act), answered(answer), drawn(answer)}: `element` of flows, `paths` of random paths.
// change(patch of state.act), choose(problem), chooseRoad(problem of the paths).
export function controls(change, choose, chooseRoad) {
  const problem = select([], choose);
  const h = stepSize((text) => change({ h: text }));
  const steps = make("input", { type: "text", inputmode: "numeric", maxlength: 5, autocomplete: "off" });
  steps.addEventListener("input", () => change({ steps: steps.value.trim() }));
  const start = select(Object.entries(STARTS), (value) => change({ start: value }));
  const order = select(ORDERS.map((q) => [String(q), String(q)]), (value) => change({ order: value }));
  const again = button("Disturb anew", () => change({ seed: newSeed() }));
  const formula = make("div", { class: "acting-formula" });
  const fields = row(labelled("problem", problem), labelled("step size h", h.element, h.field),
    labelled("steps (empty: usual time)", steps), labelled("start", start),
    labelled("modified flow to order", order), again);
  const road = select([], chooseRoad);
  const pathH = stepSize((text) => change({ pathH: text }));
  const says = make("p", { class: "muted" });
  const draw = button("Draw again", () => change({ seed: newSeed() }));
  const paths = make("div", {},
    row(labelled("problem", road), labelled("step size h", pathH.element, pathH.field), draw), says);
  steps.style.width = "5rem";
  askCatalogue().then(({ problems }) => {
    const of = (kind) => (problems ?? []).filter((one) => one.kind === kind).map((one) => [one.name, one.title]);
    options(problem, of("flow"));
    options(road, of("paths"));
  }, () => {});

  return {
    element: make("div", {}, fields, formula),
    paths,
    update(act) {
      set(problem, act.problem);
      set(road, act.road);
      set(start, act.start ?? "usual");
      set(order, String(act.order ?? 4));
      if (document.activeElement !== steps) steps.value = act.steps ?? "";
      again.hidden = act.start !== "disturbed";
    },
    answered(answer) {
      if (answer.problem) options(problem, [[answer.problem, answer.problem]], true);
      set(problem, answer.problem);
      h.show(answer);
      steps.placeholder = String(answer.steps);
      replace(formula, answer.formula.map((line) => make("span", {}, fragment(line))),
        usualText(answer.at));
      Object.assign(formula.style, { display: "flex", flexWrap: "wrap", gap: "0.2rem 1.6rem", paddingTop: "1rem" });
    },
    drawn(answer) {
      options(road, [[answer.problem, answer.problem]], true);
      set(road, answer.problem);
      pathH.show(answer);
      replace(says, `${answer.fields}; ${answer.scaling}.`);
    },
  };
}

function usualText(at) {
  const values = Object.entries(at ?? {}).map(([name, value]) => `${name} = ${value}`);
  return values.length ? make("span", { class: "muted" }, `with ${values.join(", ")} as usual`) : null;
}

// A logarithmic slider and a field for exact text: {element, field, show({h, step, range})}.
function stepSize(change) {
  const element = make("input", { type: "range", min: 0, max: 200, value: 100, "aria-label": "step size h, slider" });
  const field = make("input", { type: "text", maxlength: 40, autocomplete: "off", spellcheck: "false" });
  let ends = [0.01, 1];
  element.addEventListener("input", () => {
    const value = ends[0] * (ends[1] / ends[0]) ** (Number(element.value) / 200);
    change(String(Number(value.toPrecision(2))));
  });
  field.addEventListener("input", () => {
    if (field.value.trim()) change(field.value.trim());
  });
  field.style.width = "6rem";
  return {
    element,
    field,
    show({ h, step, range }) {
      ends = range;
      const place = (200 * Math.log(step / ends[0])) / Math.log(ends[1] / ends[0]);
      if (document.activeElement !== element) element.value = Math.round(Math.min(Math.max(place, 0), 200));
      element.setAttribute("aria-valuetext", `h = ${numberText(step)}`);
      if (document.activeElement !== field) field.value = shorter(h, step);
    },
  };
}

// A fraction as it came, unless a decimal says the same in fewer characters: 3/250 is 0.012.
function shorter(exact, value) {
  const decimal = String(Number(value.toPrecision(6)));
  return exact.length <= decimal.length || !/^\d+\/\d+$/.test(exact) ? exact : decimal;
}

function row(...children) {
  const element = make("div", {}, children);
  Object.assign(element.style, { display: "flex", flexWrap: "wrap", gap: "0.5rem 1.4rem", alignItems: "end" });
  return element;
}

function labelled(text, input, second = null) {
  const id = freshId("acting");
  (second ?? input).setAttribute("id", id);
  const pair = second ? make("span", {}, second, " ", input) : input;
  const element = make("div", {}, make("label", { for: id, class: "muted" }, text), make("br"), pair);
  element.style.minWidth = "0";
  element.style.maxWidth = "100%";
  return element;
}

function select(pairs, chosen) {
  const element = make("select", { onchange: () => chosen(element.value) });
  element.style.maxWidth = "100%";
  return options(element, pairs);
}

// Puts options into a select; with `only` the ones that are missing while it has none at all.
function options(element, pairs, only = false) {
  if (only && element.options.length) return element;
  const before = element.dataset.wanted ?? element.value;
  replace(element, pairs.map(([value, text]) => make("option", { value }, text)));
  set(element, before);
  return element;
}

function set(element, value) {
  if (!value) return;
  element.dataset.wanted = value;
  if ([...element.options].some((option) => option.value === value)) element.value = value;
}

function newSeed() {
  return Math.floor(Math.random() * SEEDS);
}
