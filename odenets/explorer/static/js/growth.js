import { horner, logSize } from "./complex.js";
import { rootFinder } from "./polynomials.js";

// |log growth| is cut here: beyond, a zero or a pole of R.
export const MOST = 60;

// log of the largest |ζ| with Φ(ζ, z) = Σ_j ζ^j Σ_i c[j][i] z^i = 0, as a function (x, y) of z = x + iy, cut at ±MOST.
// c: rows of real numbers, ascending. A solution is the guess of the next call, so call it along rows.
export function logGrowth(c) {
  const rows = c.map((row) => Float64Array.from(row));
  while (rows.length > 1 && rows[rows.length - 1].every((entry) => entry === 0)) rows.pop();
  const degree = rows.length - 1;
  if (degree < 1) return () => -MOST;
  return degree === 1 ? quotient(rows) : largest(rows, degree);
}

function quotient(rows) {
  const [re, im] = [new Float64Array(2), new Float64Array(2)];
  return (x, y) => {
    horner(rows[0], x, y, re, im, 0);
    horner(rows[1], x, y, re, im, 1);
    return cut(logSize(re[0], im[0]) - logSize(re[1], im[1]));
  };
}

function largest(rows, degree) {
  const finder = rootFinder(degree);
  return (x, y) => {
    for (let j = 0; j <= degree; j += 1) horner(rows[j], x, y, finder.re, finder.im, j);
    if (finder.re[degree] === 0 && finder.im[degree] === 0) return MOST;
    finder.solve();
    let most = 0;
    for (let k = 0; k < degree; k += 1) {
      const square = finder.x[k] * finder.x[k] + finder.y[k] * finder.y[k];
      if (!(square <= most)) most = square;
    }
    return cut(0.5 * Math.log(most));
  };
}

// NaN is what remains of ∞ − ∞, far outside or at a pole.
function cut(value) {
  return value < -MOST ? -MOST : value <= MOST ? value : MOST;
}

// The size whose log growth is `value`: 0 and ∞ where it is cut.
export function sizeOf(value) {
  return value >= MOST ? Infinity : value <= -MOST ? 0 : Math.exp(value);
}
