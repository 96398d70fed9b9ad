import { textWidth } from "./looks.js";
import { logTicks, ticks } from "./ticks.js";

// A series with its kind, and a band's ends as pairs [x, y] whether given as pairs or as numbers beside the points.
export function paired(one) {
  const points = one.points ?? [];
  const ends = (given) => (given ?? []).map((end, i) => (Array.isArray(end) ? end : [points[i]?.[0] ?? null, end]));
  const kind = one.kind ?? "line";
  const band = kind === "band";
  return { ...one, kind, points, low: band ? ends(one.low) : [], high: band ? ends(one.high) : [] };
}

// The points that both axes can show.
export function bare(points, x, y) {
  return points.filter(([a, b]) => x.shows(a) && y.shows(b));
}

// Both axes {pixel(value), shows(value), ticks, low, high} of a chart in a frame, and its left side in pixels.
export function scales(spec, series, { width, top, bottom, size }) {
  const all = series.flatMap((one) => [...one.points, ...one.low, ...one.high]);
  let across = range(all.map((point) => point[0]), spec.x ?? {}, 0);
  let up = range(all.map((point) => point[1]), spec.y ?? {}, 0.05);
  const room = (low, high) => marked(low, high, spec.y?.log, Math.max(2, (bottom - top) / 45));
  const widest = Math.max(0, ...room(...up).map((tick) => textWidth(tick.text, size - 1)));
  const left = Math.ceil(widest + 12 + (spec.y?.label ? size + 6 : 0));
  const right = width - 12;
  if (spec.equal) [across, up] = squared(across, up, (right - left) / (bottom - top));
  const count = Math.max(2, (right - left) / 75);
  return {
    left,
    x: axis(across, spec.x?.log, left, right, marked(...across, spec.x?.log, count, spec.x?.whole)),
    y: axis(up, spec.y?.log, bottom, top, room(...up)),
  };
}

function marked(low, high, log, count, whole) {
  return log ? logTicks(low, high, count) : ticks(low, high, count, whole);
}

function axis([low, high], log, start, end, found) {
  const place = log ? Math.log : Number;
  const scale = (end - start) / (place(high) - place(low));
  return {
    low,
    high,
    ticks: found,
    pixel: (value) => start + (place(value) - place(low)) * scale,
    shows: (value) => value !== null && Number.isFinite(value) && (!log || value > 0),
  };
}

function range(values, { log, low, high }, margin) {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null || !Number.isFinite(value) || (log && value <= 0)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (least > most) [least, most] = log ? [0.1, 10] : [0, 1];
  if (log) {
    const spread = Math.max((most / least) ** margin, least === most ? 2 : 1);
    return [low ?? least / spread, high ?? most * spread];
  }
  const spread = most > least ? (most - least) * margin : Math.abs(most) / 2 || 1;
  const ends = [low ?? least - spread, high ?? most + spread];
  return ends[0] < ends[1] ? ends : [ends[0], ends[0] + 1];
}

// Both ranges widened so that a unit is as long across as up; ratio = width / height of the frame.
function squared(across, up, ratio) {
  const [wide, tall] = [across[1] - across[0], up[1] - up[0]];
  const stretch = ([low, high], factor) => {
    const more = ((factor - 1) * (high - low)) / 2;
    return [low - more, high + more];
  };
  return wide / tall < ratio
    ? [stretch(across, (ratio * tall) / wide), up]
    : [across, stretch(up, wide / ratio / tall)];
}
