// Curves of the runs that are drawn: training loss and test error by epoch, up to six runs over one another.

import { card, notice } from "./cards.js";
import { chart } from "./chart.js";
import { button, replace } from "./dom.js";
import { exportable } from "./picture.js";
import { drawnIds, runsView } from "./runview.js";

const CURVES = [["train_loss", "training loss", "Training loss"], ["test_error", "test error, %", "Test error"]];

// The cards of the curves {elements, draw(records, state)}; a y axis is linear or logarithmic.
export function runCurves(store) {
  const charts = CURVES.map(([key, label, title]) => curveCard(store, key, label, title));
  const draw = (records, state) => charts.forEach((one) => one.draw(records, state));
  return { elements: charts.map((one) => one.element), draw };
}

function curveCard(store, key, label, title) {
  const panel = card({ name: `run-${key}`, title });
  const empty = notice("Tick a run of the table: its curve is drawn here, up to six over one another.");
  const log = button("log scale", () => turn(), { class: "quiet", "aria-pressed": "false" });
  let logarithmic = false;
  let [picture, drawn, redraw] = [null, "", () => {}];
  panel.tools.append(log, exportable(() => picture?.svg, () => `${title} of runs`, () => names()));
  replace(panel.body, empty);

  const names = () => drawnIds(runsView(store.state)).join(", ");

  function turn() {
    logarithmic = !logarithmic;
    redraw();
  }

  function draw(records, state) {
    redraw = () => draw(records, store.state);
    const ids = drawnIds(runsView(state)).filter((id) => records.details.has(id));
    const series = ids.map((id, i) => ({ ...seriesOf(records.details.get(id), key), colour: i, dash: i }));
    log.setAttribute("aria-pressed", String(logarithmic));
    const spec = { series, x: { label: "epoch", whole: true }, y: { label, log: logarithmic }, title, height: 240 };
    const text = JSON.stringify(spec);
    if (text === drawn) return;
    drawn = text;
    if (!ids.length) return void replace(panel.body, empty);
    if (!picture) picture = chart(spec);
    if (picture.element.parentNode !== panel.body) replace(panel.body, picture.element);
    picture.update(spec);
  }

  return { element: panel.element, draw };
}

function seriesOf(run, key) {
  return { name: run.name, kind: "line", points: run.curves[key] ?? [] };
}
