// Which of several schemes is best at something, and their order.

const TIE = 1e-9; // relative: sizes are floats of exact answers, some by different formulas

// Places of the best of `sizes` (numbers, Infinity or null), all that tie; none where fewer than two are known.
// better: "more", "less", "yes" (1 is best, 0 is not), "" (no side is better).
export function bestOf(sizes, better) {
  const known = sizes.filter((size) => typeof size === "number");
  if (!better || known.length < 2) return [];
  const top = better === "less" ? Math.min(...known) : Math.max(...known);
  if (better === "yes" && top !== 1) return [];
  return sizes.flatMap((size, place) => (typeof size === "number" && ties(size, top) ? [place] : []));
}

function ties(one, other) {
  const apart = Math.abs(one - other); // NaN of two infinities
  return one === other || (apart < Infinity && apart <= TIE * Math.max(Math.abs(one), Math.abs(other)));
}

// The list with the item at `from` moved to `to`.
export function moved(list, from, to) {
  const rest = list.filter((_, place) => place !== from);
  return [...rest.slice(0, to), list[from], ...rest.slice(to)];
}
