const MOST_STEPS = 60; // Aberth steps before the roots are taken as they are; a multiple root converges linearly
const UNIT = 2 ** -52;

// All roots [[re, im]…] of Σ c_k ζ^k, coefficients ascending as numbers or pairs [re, im]; leading zeros are dropped.
export function roots(coefficients) {
  const pairs = coefficients.map((c) => (Array.isArray(c) ? c : [c, 0]));
  while (pairs.length && pairs[pairs.length - 1].every((part) => part === 0)) pairs.pop();
  if (pairs.length < 2) return [];
  const finder = rootFinder(pairs.length - 1);
  pairs.forEach(([re, im], k) => {
    finder.re[k] = re;
    finder.im[k] = im;
  });
  finder.solve();
  return Array.from({ length: finder.degree }, (_, k) => [finder.x[k], finder.y[k]]);
}

// Roots of polynomials of one degree: put coefficients into re, im (ascending), call solve(), read x, y. Each solution
// is the guess of the next, which makes neighbours cheap. Source: Aberth, Math. Comp. 27 (1973) 339–344.
export function rootFinder(degree) {
  const array = () => new Float64Array(degree + 1);
  const finder = { degree, re: array(), im: array(), size: array(), x: array(), y: array(), warm: false };
  finder.solve = degree === 1 ? () => linear(finder) : degree === 2 ? () => quadratic(finder) : () => iterated(finder);
  return finder;
}

function linear({ re, im, x, y }) {
  divide(-re[0], -im[0], re[1], im[1], x, y, 0);
}

// ζ = q/a and c/q with q = -(b ± √(b² - 4ac))/2, the sign that does not cancel. Plain variables here and below, no
// pairs: this runs at every point of a picture.
function quadratic({ re, im, x, y }) {
  const d = re[1] * re[1] - im[1] * im[1] - 4 * (re[2] * re[0] - im[2] * im[0]);
  const di = 2 * re[1] * im[1] - 4 * (re[2] * im[0] + im[2] * re[0]);
  const larger = Math.sqrt((Math.sqrt(d * d + di * di) + Math.abs(d)) / 2);
  const smaller = larger === 0 ? 0 : Math.abs(di) / (2 * larger);
  let s = d < 0 ? smaller : larger;
  let si = d < 0 ? larger : smaller;
  if (di < 0) si = -si;
  const sign = re[1] * s + im[1] * si < 0 ? -1 : 1;
  const q = -(re[1] + sign * s) / 2;
  const qi = -(im[1] + sign * si) / 2;
  divide(q, qi, re[2], im[2], x, y, 0);
  x[1] = 0;
  y[1] = 0;
  if (q !== 0 || qi !== 0) divide(re[0], im[0], q, qi, x, y, 1);
}

function divide(a, ai, b, bi, x, y, at) {
  const size = b * b + bi * bi;
  x[at] = (a * b + ai * bi) / size;
  y[at] = (ai * b - a * bi) / size;
}

function iterated(finder) {
  const { re, im, size, x, y, degree } = finder;
  let low = 0; // roots that are exactly 0
  while (low < degree && re[low] === 0 && im[low] === 0) low += 1;
  for (let k = 0; k <= degree; k += 1) size[k] = Math.hypot(re[k], im[k]);
  if (low > 0 || !finder.warm) scatter(finder, low);
  else nudge(x, y, degree);
  let left = settle(finder, low, MOST_STEPS / 2);
  if (left > 0 && finder.warm) scatter(finder, low);
  if (left > 0) left = settle(finder, low, MOST_STEPS);
  finder.warm = low === 0 && left === 0;
}

// Guesses on a circle about as large as the roots, off the real axis, from which they could not leave it in pairs.
function scatter({ size, x, y, degree }, low) {
  const count = degree - low;
  const radius = (size[low] / size[degree]) ** (1 / count) || 1;
  for (let k = 0; k < degree; k += 1) {
    const turn = (2 * Math.PI * (k - low)) / count + 0.7;
    x[k] = k < low ? 0 : radius * Math.cos(turn);
    y[k] = k < low ? 0 : radius * Math.sin(turn);
  }
}

function nudge(x, y, degree) {
  for (let k = 0; k < degree; k += 1) {
    const shift = 1e-7 * (1 + k) * (Math.abs(x[k]) + Math.abs(y[k]) + 1e-3);
    x[k] += 0.6 * shift;
    y[k] += 0.8 * shift;
  }
}

// Aberth's steps from the present guesses until every residual is rounding; gives how many roots are not there yet.
function settle(finder, low, most) {
  const { degree } = finder;
  let left = degree - low;
  for (let round = 0; round < most && left > 0; round += 1) {
    left = 0;
    for (let k = low; k < degree; k += 1) left += advance(finder, low, k);
  }
  return left;
}

// One step of root k: 1 if it moved, 0 if it rests. p and p' by Horner, their quotient corrected by the other roots.
function advance({ re, im, size, x, y, degree }, low, k) {
  const u = x[k];
  const v = y[k];
  const far = Math.sqrt(u * u + v * v);
  let p = re[degree];
  let pi = im[degree];
  let d = 0;
  let di = 0;
  let bound = size[degree];
  for (let n = degree - 1; n >= low; n -= 1) {
    const slope = d * u - di * v + p;
    di = d * v + di * u + pi;
    d = slope;
    const value = p * u - pi * v + re[n];
    pi = p * v + pi * u + im[n];
    p = value;
    bound = bound * far + size[n];
  }
  const residual = Math.sqrt(p * p + pi * pi);
  if (!(residual > 2 * degree * UNIT * bound)) return 0; // NaN rests too
  let s = 0;
  let si = 0;
  for (let other = low; other < degree; other += 1) {
    const a = u - x[other];
    const b = v - y[other];
    const square = a * a + b * b;
    if (square === 0) continue; // itself, or a guess that it has met
    s += a / square;
    si -= b / square;
  }
  const e = d - (p * s - pi * si);
  const ei = di - (p * si + pi * s);
  const square = e * e + ei * ei;
  if (square === 0) {
    x[k] += 1e-3 * (far + 1e-3);
    return 1;
  }
  const step = (p * e + pi * ei) / square;
  const stepi = (pi * e - p * ei) / square;
  x[k] = u - step;
  y[k] = v - stepi;
  return step * step + stepi * stepi > (UNIT * far) ** 2 ? 1 : 0;
}
