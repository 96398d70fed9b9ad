// What the card of the stability region says in words: title, caption, value at a point, label for screen readers.

import { sizeOf } from "./growth.js";
import { complexText, numberText } from "./ticks.js";

export const TITLE = { false: "Stability region", true: "Order star" };
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

// The caption of {layers, names, answers, levels, star}, with what the answers say of their designs.
export function captionText({ layers, names, answers, levels, star }) {
  const several = layers.length > 1;
  const told = (answer, i) => (answer?.says ?? []).map((said) => ` ${several ? `${names[i]}: ` : ""}${said}`);
  return CAPTIONS[star && several ? "several" : star] + (levels ? LINES : "") + answers.flatMap(told).join("");
}

// "z = −1 + 0.5i: |R(z)| = 0.62, stable"; of several designs every value. width: of the window, which sets the digits.
export function readoutText({ layers, names }, x, y, width) {
  const single = layers.length === 1;
  const sizes = layers.map((layer, i) => {
    const what = single ? (layer.oneStep ? "|R(z)| = " : "largest |ζ| = ") : `${names[i]} `;
    const size = layer.evaluate ? sizeOf(layer.evaluate(x, y)) : NaN;
    return `${what}${numberText(size)}${single ? `, ${size <= 1 + 1e-9 ? "stable" : "unstable"}` : ""}`;
  });
  const digits = Math.max(3, Math.ceil(Math.log10(Math.hypot(x, y) / width)) + 3);
  return `z = ${complexText(x, y, digits)}: ${sizes.join(" · ")}`;
}

// The real and imaginary intervals among the facts of a certificate.
export function intervalsText(facts) {
  const intervals = facts.filter((fact) => /^(real|imaginary)_interval$/.test(fact.name) && !fact.unknown);
  return intervals.map((fact) => `${fact.label} ${fact.cell ?? fact.says}`).join(", ");
}

export function labelText(title, facts, { x, y }) {
  const ends = (range) => range.map((end) => numberText(end, 3)).join(" to ");
  return `${title}${facts && `: ${facts}`}. Window: real ${ends(x)}, imaginary ${ends(y)}`;
}
