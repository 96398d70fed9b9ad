// The charts of learned coefficients as specs for chart.js, and their readout.

const STEPS = "step of the network, dotted: a new stage";
const TINY = 1e-12; // sizes below are drawn there: a logarithmic axis has no 0

// Values by column at a place between epochs, straight between the two.
function valuesAt(rows, at) {
  const [low, high] = [rows[Math.floor(at)] ?? [], rows[Math.ceil(at)] ?? []];
  const part = at - Math.floor(at);
  const nearest = part < 0.5 ? low : high;
  const known = (i) => low[i] !== null && high[i] !== null;
  return low.map((value, i) => (known(i) ? value + (high[i] - value) * part : nearest[i]));
}

// A coefficient by step at epoch index `at`: the first epoch behind it, stages marked, zero-stable values as a band.
export function learnedSpec(name, table, lengths, at) {
  const columns = table.steps ?? table.places.map((_, i) => i + 1);
  const count = lengths && table.steps ? lengths.reduce((a, b) => a + b, 0) : columns.length;
  const all = table.values.flat().filter((value) => value !== null);
  const ends = (table.range ?? []).flat().filter((end) => end !== null);
  const [least, most] = [Math.min(...all, ...ends), Math.max(...all, ...ends)];
  const room = (most - least || 1) * 0.08;
  const [low, high] = [least - room, most + room];
  const across = [0.5, count + 0.5];
  const bands = (table.range ?? []).map(([start, end], i) => ({
    name: i ? "" : "zero-stable", kind: "band", colour: 2, points: across.map((x) => [x, null]),
    low: across.map((x) => [x, start ?? low]), high: across.map((x) => [x, end ?? high]),
  }));
  const border = (x) => ({ name: "", kind: "line", colour: "grey", dash: "dotted", points: [[x, low], [x, high]] });
  const borders = stageStarts(lengths && table.steps ? lengths : [], 0.5).slice(1).map(border);
  const now = valuesAt(table.values, at);
  const epoch = table.epochs[Math.round(at)];
  const stages = table.places.map(([stage]) => stage);
  const line = (values) => broken(columns, values, stages);
  return {
    series: [
      ...bands, ...borders,
      { name: "before training", kind: "line", colour: "grey", dash: 1, points: line(table.values[0]) },
      { name: `${name} at epoch ${epoch}`, kind: "line", colour: 0, strong: true, points: line(now) },
      { name: "", kind: "points", colour: "grey", points: columns.map((x, i) => [x, table.values[0][i]]) },
      { name: "", kind: "points", colour: 0, points: columns.map((x, i) => [x, now[i]]) },
    ],
    x: { label: table.steps ? STEPS : "coefficient", whole: true, low: across[0], high: across[1] },
    y: { label: name, low, high },
    title: `Learned ${name} by step`,
    height: 300,
  };
}

// Points with a gap between stages.
function broken(columns, values, stages) {
  return columns.flatMap((x, i) => {
    const gap = i && stages[i] !== stages[i - 1] ? [[x - 0.5, null]] : [];
    return [...gap, [x, values[i]]];
  });
}

function stageStarts(lengths, first) {
  let at = first;
  return lengths.map((length) => (at += length) - length);
}

// Effective depth by epoch, with the epoch that is shown.
export function depthSpec({ epochs, theory }, at) {
  return {
    series: [
      { name: "", kind: "line", colour: 0, points: epochs.map((epoch, i) => [epoch, theory.depth[i]]) },
      { name: "", kind: "points", colour: 1, points: [[between(epochs, at), between(theory.depth, at)]] },
    ],
    x: { label: "epoch", whole: true }, y: { label: "effective depth" },
    title: "Effective depth in Euler steps", height: 180,
  };
}

// The parasitic product of each stage by epoch, logarithmic, with the epoch that is shown.
export function parasiteSpec({ epochs, theory }, at) {
  const shown = (size) => (size === null ? null : Math.max(size, TINY));
  const stages = (theory.parasite[0] ?? []).map((_, stage) => stage);
  const drawn = stages.filter((stage) => theory.parasite.some((row) => row[stage] !== null));
  const nearest = Math.round(at);
  const marks = drawn.map((stage) => [epochs[nearest], shown(theory.parasite[nearest][stage])]);
  return {
    series: [
      ...drawn.map((stage) => ({
        name: `stage ${stage + 1}`, kind: "line", colour: stage % 6, dash: stage % 6,
        points: epochs.map((epoch, i) => [epoch, shown(theory.parasite[i][stage])]),
      })),
      { name: "", kind: "points", colour: "ink", points: marks },
    ],
    x: { label: "epoch", whole: true }, y: { label: "parasitic Π|k|", log: true },
    title: "Parasitic product by epoch", height: 180,
  };
}

function between(list, at) {
  const [low, high] = [list[Math.floor(at)], list[Math.ceil(at)]];
  return low === null || high === null ? null : low + (high - low) * (at - Math.floor(at));
}

// What theory says at an epoch, in a sentence or two.
export function readoutText(name, table, lengths, at) {
  const i = Math.round(at);
  const said = [`Epoch ${table.epochs[i]}.`];
  if (!lengths) return `${said[0]} The stages of the network are being looked up.`;
  const steps = lengths.reduce((a, b) => a + b, 0);
  if (table.theory) said.push(...theoryText(name, table.theory, steps, i));
  if (table.places.length < steps) said.push(`Steps without a dot have no ${name}: a stage begins with a plain step.`);
  return said.join(" ");
}

function theoryText(name, { depth, parasite, outside }, steps, i) {
  const sizes = parasite[i].map((size, stage) => [size, stage + 1]).filter(([size]) => size !== null);
  const products = sizes.map(([size, stage]) => `${size.toPrecision(2)} (stage ${stage})`).join(", ");
  return [
    depth[i] === null ? "" : `Effective depth ${depth[i].toFixed(2)} Euler steps from ${steps} steps.`,
    products && `Parasitic product ${products}.`,
    outside[i] ? `${outside[i]} of ${name} outside of the zero-stable range.` : `Every ${name} is zero-stable.`,
  ].filter(Boolean);
}
