// What "See it act" draws: specifications of charts from the answers of its four views.

import { numberText } from "./ticks.js";

const TIME = "t = nh, in units of u′ = f(u)";

function pairs(xs, ys) {
  return xs.map((x, i) => [x, ys[i]]);
}

function positive(xs, ys) {
  return pairs(xs, ys).filter(([, y]) => y !== null && y > 0);
}

// The plane of two components: flows as lines, points up to the one numbered `at`; where that is not the last, the
// flows' places at its time as well. act, modified: answers (modified may be null).
export function phaseSpec(act, modified, title, at) {
  const moving = at < act.times.length - 1;
  const time = act.times[at];
  const series = [];
  const add = (curve, name, look) => {
    if (!curve) return;
    series.push({ name, points: pairs(curve.x, curve.y), kind: "line", ...look });
    const place = curve.t.findIndex((t) => t >= time);
    if (moving && place >= 0) series.push({ points: [[curve.x[place], curve.y[place]]], kind: "points", ...look });
  };
  add(act.exact, act.speed.every((w) => w === "1") ? "exact flow" : "exact flow of u′ = w f(u)", { colour: "ink" });
  add(modified?.flow, `modified flow, order ${modified?.order}`, { colour: 1, dash: 1 });
  const points = pairs(act.points.x, act.points.y).slice(0, at + 1);
  series.push({ name: "points of the scheme", points, kind: "points", colour: 0 });
  const { x, y, window } = act.plane;
  const axis = (name, [low, high]) => ({ label: name === "t" ? TIME : name, low, high });
  return { series, x: axis(x, window.x), y: axis(y, window.y), caption: phaseCaption(act, title) };
}

function phaseCaption(act, title) {
  const speed = act.speed.find((w) => w !== "1");
  const moved = speed ? ` A step of h moves the smooth solution by ${speed} h, so w = ${speed}.` : "";
  const mean = act.random ? " Its random coefficients stand at their means." : "";
  const steps = `${act.steps} steps of h = ${numberText(act.step)}`;
  return `${title}: ${steps}, from t = 0 to ${numberText(act.step * act.steps)}.${moved}${mean}`;
}

// Distances of the points from the flows over time.
export function errorSpec(act, modified, title) {
  const exact = positive(act.times, act.errors);
  const series = [{ name: "from the exact flow", points: exact, kind: "line", colour: "ink" }];
  if (modified?.errors) {
    const name = `from the modified flow, order ${modified.order}`;
    series.push({ name, points: positive(act.times, modified.errors), kind: "line", colour: 1, dash: 1 });
  }
  return {
    series: series.filter((one) => one.points.length > 0),
    x: { label: TIME },
    y: { label: "largest difference of a component", log: true },
    caption: `How far the points of ${title} are from each flow, in the units of u. `
      + "While h is small, points of a smooth start are nearer to a modified flow than to the exact one, the more so "
      + "the higher its order.",
  };
}

// Invariants along the points, less their value at the start.
export function driftSpec(act, title) {
  return {
    series: act.invariants.map(({ name, drift }, i) => ({
      name, points: pairs(act.times, drift).filter(([, y]) => y !== null), kind: "line", colour: i, dash: i,
    })),
    x: { label: TIME },
    y: { label: "change since the start" },
    caption: `The exact flow keeps this at 0. It shows what ${title} makes of it.`,
  };
}

// The size of each parasitic mode and of its prediction over time.
export function parasiteSpec(answer, title) {
  return {
    series: answer.modes.flatMap(({ root, modulus, size, predicted }, i) => [
      { name: `ζ = ${root}`, points: positive(answer.times, size), kind: "points", colour: i },
      {
        name: `predicted, |ζ| = ${numberText(modulus)}`,
        points: positive(answer.times, predicted), kind: "line", colour: i, dash: 1,
      },
    ]),
    x: { label: TIME },
    y: { label: "size of the mode", log: true },
    caption: `What ${title} carries beside its smooth solution: each step multiplies it by about ζ. `
      + "It dies out where |ζ| < 1 and grows where |ζ| > 1. In the units of u.",
  };
}

// Paths over the quantiles of the limit's law.
export function pathSpec(answer, title) {
  const { bands, share } = answer;
  const series = [];
  if (bands) {
    const [lowest, low, middle, high, highest] = bands.values.map((row) => pairs(bands.times, row));
    series.push({ name: "5–95 % of the limit", points: [], kind: "band", low: lowest, high: highest, colour: 1 });
    series.push({ name: "25–75 %", points: [], kind: "band", low, high, colour: 1 });
    series.push({ name: "its median", points: middle, kind: "line", colour: 1, dash: 1 });
  }
  const broken = answer.paths.flatMap((path) => [...pairs(answer.times, path), [null, null]]);
  series.push({ name: `${answer.paths.length} paths of the scheme`, points: broken, kind: "line", colour: 0 });
  const percent = (part) => `${numberText(100 * part, 3)} %`;
  const counted = share && share.inside !== null
    ? ` At the end ${percent(share.inside)} of ${share.paths} paths are between the outer bands, where the limit has `
      + `${percent(share.expected)}.`
    : "";
  const known = bands ? ` Bands: ${bands.says}.` : "";
  return {
    series,
    x: { label: TIME },
    y: { label: "u" },
    caption: `${title} with drawn coefficients, h = ${numberText(answer.step)}.${counted}${known}`,
  };
}
