// The runs page: the table of the records, curves, learned coefficients over the epochs, and the run in words.

import { inSnapshot } from "./asking.js";
import { notice } from "./cards.js";
import { coefficientsCard } from "./coefficients.js";
import { make } from "./dom.js";
import { runCurves } from "./runcurves.js";
import { runFacts } from "./runfacts.js";
import { followRuns, runRecords, wantRuns } from "./runrecords.js";
import { runTable } from "./runtable.js";
import { drawnIds, newestRun, openRun, runsView } from "./runview.js";

const IN_SNAPSHOT = "A snapshot holds no runs: start `odenets explore` to see them.";

// The panel {element, update(state)}; it asks for the records while its page is open and in sight.
export function runsPanel(store) {
  if (inSnapshot()) return { element: make("div", {}, notice(IN_SNAPSHOT)), update: () => {} };
  const table = runTable(store);
  const curves = runCurves(store);
  const parts = [table, curves, coefficientsCard(store), runFacts()];
  const element = make("div", { class: "page runs-page" }, parts.flatMap((part) => part.elements ?? [part.element]));
  const draw = (records) => parts.forEach((part) => part.draw(records, store.state));
  let begun = false;
  followRuns((records) => {
    // Who comes with no run in mind sees the newest.
    if (!begun && records.runs?.length && !runsView(store.state).open) openRun(store, newestRun(records.runs));
    begun ||= records.runs !== null;
    draw(records);
  });

  function update(state) {
    wantRuns(drawnIds(runsView(state)), state.page === "runs");
    draw(runRecords());
  }

  // A page that is left is not told: the next question finds that it is out of sight.
  store.subscribe((state) => wantRuns(drawnIds(runsView(state)), state.page === "runs"));
  return { element, update };
}
