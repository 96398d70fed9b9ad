// Ends of the pieces of a line in a square by which corners are inside (1: here, 2: right, 4: right above, 8: above);
// sides: 0 below, 1 right, 2 above, 3 left; the inside lies to the left of each piece.
const PIECES = [[], [0, 3], [1, 0], [1, 3], [2, 1], null, [2, 0], [2, 3], [3, 2], [0, 2], null, [1, 2], [3, 1], [0, 1],
  [3, 0], []];
const SADDLES = { 5: { apart: [0, 3, 2, 1], joined: [0, 1, 2, 3] }, 10: { apart: [1, 0, 3, 2], joined: [3, 0, 1, 2] } };

// The lines around {value ≤ level} on a grid of columns × rows values (row after row): closed loops [x0, y0, x1, y1…]
// in units of the grid, by linear interpolation; a saddle by its corners' mean. The outermost ring must be outside.
export function contours(values, columns, rows, level) {
  const half = columns * rows; // lines of the grid: along rows by left ends, then along columns by lower ends
  const next = new Int32Array(2 * half).fill(-1);
  const starts = [];
  for (let j = 0; j + 1 < rows; j += 1) {
    for (let i = 0, at = j * columns; i + 1 < columns; i += 1, at += 1) {
      const kind = (values[at] <= level ? 1 : 0) + (values[at + 1] <= level ? 2 : 0)
        + (values[at + columns + 1] <= level ? 4 : 0) + (values[at + columns] <= level ? 8 : 0);
      if (kind === 0 || kind === 15) continue;
      const ends = PIECES[kind] ?? saddle(values, at, columns, kind, level);
      for (let k = 0; k < ends.length; k += 2) {
        const start = side(ends[k], at, columns, half);
        next[start] = side(ends[k + 1], at, columns, half);
        starts.push(start);
      }
    }
  }
  return starts.map((start) => loop(start, next, values, columns, half, level)).filter(Boolean);
}

function saddle(values, at, columns, kind, level) {
  const mean = (values[at] + values[at + 1] + values[at + columns] + values[at + columns + 1]) / 4;
  return SADDLES[kind][mean <= level ? "joined" : "apart"];
}

function side(which, at, columns, half) {
  if (which === 0) return at;
  if (which === 2) return at + columns;
  return half + at + (which === 1 ? 1 : 0);
}

// The loop through a line of the grid, null where it is already taken.
function loop(start, next, values, columns, half, level) {
  if (next[start] < 0) return null;
  const points = [];
  for (let edge = start; next[edge] >= 0;) {
    const at = edge % half;
    const upright = edge >= half;
    const [low, high] = [values[at], values[at + (upright ? columns : 1)]];
    const part = (level - low) / (high - low);
    const across = at % columns;
    const up = (at - across) / columns;
    points.push(across + (upright ? 0 : part), up + (upright ? part : 0));
    const following = next[edge];
    next[edge] = -1;
    edge = following;
  }
  return points;
}

// Loops as the text of an SVG path, to 1/100 of the grid's unit.
export function pathText(loops) {
  const parts = [];
  for (const points of loops) {
    for (let k = 0; k < points.length; k += 2) {
      parts.push(k ? "L" : "M", Math.round(100 * points[k]) / 100, " ", Math.round(100 * points[k + 1]) / 100);
    }
    parts.push("Z");
  }
  return parts.join("");
}

// The grid points with value ≤ level that are thinner than the grid, such as a segment of an axis: pairs [i, j]
// with no corner of a square inside next to them (as in analysis.plots.stability_plot). The outermost ring is outside.
export function thinPoints(values, columns, rows, level) {
  const found = [];
  for (let j = 1; j + 1 < rows; j += 1) {
    for (let i = 1, at = j * columns + 1; i + 1 < columns; i += 1, at += 1) {
      const inside = values[at] <= level && !thick(values, at, columns, level);
      if (inside && alone(values, at, columns, level)) found.push([i, j]);
    }
  }
  return found;
}

// Whether the point is a corner of a square of the grid with all four corners inside.
function thick(values, at, columns, level) {
  const inside = (one, other, both) => values[one] <= level && values[other] <= level && values[both] <= level;
  return inside(at + 1, at + columns, at + columns + 1) || inside(at - 1, at - columns, at - columns - 1)
    || inside(at + 1, at - columns, at - columns + 1) || inside(at - 1, at + columns, at + columns - 1);
}

function alone(values, at, columns, level) {
  for (let row = at - columns; row <= at + columns; row += columns) {
    for (let near = row - 1; near <= row + 1; near += 1) {
      if (values[near] <= level && thick(values, near, columns, level)) return false;
    }
  }
  return true;
}
