import { MOST, logGrowth } from "./growth.js";

// log growth on a grid through the origin, kept while the window moves: y and -y share a row (real coefficients), and
// only what a move brings in is computed.
// wanted(window, spacing): window {x: [low, high], y: [low, high]}; work(until): computes until performance.now() is
// `until`, gives whether all is there; grid(): {values, columns, rows, left, bottom, spacing}, its outermost ring MOST.
export function growthField(coefficients) {
  const evaluate = logGrowth(coefficients);
  let here = null; // {spacing, left, right, bottom, top} in steps of the grid
  const known = new Map(); // |j| -> values of that row, null where they are not computed yet

  function wanted(window, spacing) {
    const [left, right] = [Math.floor(window.x[0] / spacing), Math.ceil(window.x[1] / spacing)];
    const [bottom, top] = [Math.floor(window.y[0] / spacing), Math.ceil(window.y[1] / spacing)];
    if (here === null || here.spacing !== spacing) known.clear();
    const needed = new Set();
    for (let j = bottom; j <= top; j += 1) needed.add(Math.abs(j));
    for (const j of known.keys()) if (!needed.has(j)) known.delete(j);
    for (const j of needed) known.set(j, moved(known.get(j), right - left + 1, left - (here?.left ?? left)));
    here = { spacing, left, right, bottom, top };
  }

  function work(until = Infinity) {
    for (const [j, row] of known) {
      if (row.done) continue;
      if (performance.now() > until) return false;
      const y = j * here.spacing;
      for (let i = 0; i < row.length; i += 1) {
        if (row[i] !== row[i]) row[i] = evaluate((here.left + i) * here.spacing, y);
      }
      row.done = true;
    }
    return true;
  }

  function grid() {
    const [columns, rows] = [here.right - here.left + 3, here.top - here.bottom + 3];
    const values = new Float64Array(columns * rows).fill(MOST);
    for (let j = here.bottom; j <= here.top; j += 1) {
      values.set(known.get(Math.abs(j)), (j - here.bottom + 1) * columns + 1);
    }
    return { values, columns, rows, left: here.left - 1, bottom: here.bottom - 1, spacing: here.spacing };
  }

  return { wanted, work, grid, evaluate };
}

// A row of `length` numbers that begins `shift` steps further right: what is known is kept, the rest is NaN.
function moved(row, length, shift) {
  if (row && shift === 0 && row.length === length) return row;
  const next = new Float64Array(length).fill(NaN);
  next.done = false;
  if (!row || Math.abs(shift) >= Math.max(row.length, length)) return next;
  const [from, to] = [Math.max(shift, 0), Math.min(row.length, length + shift)];
  if (from < to) next.set(row.subarray(from, to), from - shift);
  return next;
}
