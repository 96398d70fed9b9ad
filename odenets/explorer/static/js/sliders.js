// Sliders of parameters: a range, an exact number field, reset and "free" (symbolic).

import { button, freshId, make, replace } from "./dom.js";
import { floatOf, rational, rationalText, stepped } from "./exact.js";

const LONGEST = 60; // characters of a typed number

// A slider {element, update(spec)}. spec: {name, label, says, low, high, step, value: text | null, usual: text | null,
// canFree}:
// value null = free, usual = where the pictures stand then. onChange(text) for a value, onChange(null) for free.
export function slider(spec, onChange) {
  const id = freshId("slider");
  const label = make("label", { for: id });
  const says = make("p", { class: "slider-says", id: `${id}-says` });
  const range = make("input", { type: "range", id, "aria-describedby": `${id}-says` });
  const field = make("input", { type: "text", class: "number", inputmode: "text", autocomplete: "off",
    spellcheck: "false", maxlength: LONGEST });
  const reset = button("reset", () => change(usualText()), { class: "quiet" });
  const free = button("free", () => change(spec.value === null ? usualText() : null), { class: "quiet toggle" });
  const element = make("div", { class: "slider" }, label, reset, free, field, range, says);
  let first = spec.value ?? spec.usual;

  range.addEventListener("input", () => change(rationalText(stepped(rational(spec.low), rational(spec.step),
    Number(range.value)))));
  field.addEventListener("input", typed);
  field.addEventListener("blur", () => show(true));

  function usualText() {
    return spec.usual ?? first ?? middle(spec);
  }

  function typed() {
    const number = rational(field.value);
    field.setAttribute("aria-invalid", String(number === null));
    if (number === null) replace(says, `${spec.name} = ${field.value || "…"} is no number: write it as -1/3 or -0.37.`);
    else change(rationalText(number));
  }

  function change(text) {
    spec = { ...spec, value: text };
    onChange(text);
    show(document.activeElement !== field);
  }

  function show(withField) {
    const [low, step] = [rational(spec.low), rational(spec.step)];
    const number = rational(spec.value ?? usualText() ?? "0");
    const count = Math.round((floatOf(rational(spec.high)) - floatOf(low)) / floatOf(step));
    range.max = count;
    range.value = number ? Math.round((floatOf(number) - floatOf(low)) / floatOf(step)) : count / 2;
    range.setAttribute("aria-valuetext", spec.value ?? `free, drawn at ${usualText()}`);
    if (withField) {
      field.value = spec.value ?? "";
      field.placeholder = spec.value === null ? `free (${usualText()})` : "";
      field.removeAttribute("aria-invalid");
    }
    if (withField || rational(field.value)) replace(says, spec.says ?? "");
    free.setAttribute("aria-pressed", String(spec.value === null));
    element.classList.toggle("free", spec.value === null);
  }

  function update(next) {
    spec = { ...spec, ...next };
    first = first ?? spec.usual;
    replace(label, spec.label ?? spec.name);
    field.setAttribute("aria-label", `${spec.name}, exact value`);
    reset.setAttribute("aria-label", `reset ${spec.name}`);
    free.setAttribute("aria-label", `${spec.name} free, as a symbol`);
    free.hidden = spec.canFree === false;
    range.min = 0;
    show(document.activeElement !== field);
  }

  update(spec);
  return { element, update };
}

function middle({ low, high }) {
  const [one, other] = [rational(low), rational(high)];
  return rationalText(stepped(one, [other[0] * one[1] - one[0] * other[1], 2n * one[1] * other[1]], 1));
}
