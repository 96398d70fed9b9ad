// One run in words: the command that repeats it, its report, its configuration and environment.

import { card, notice } from "./cards.js";
import { copyButton, make, replace } from "./dom.js";
import { runsView } from "./runview.js";

const CHOOSE = "Open a run by its name in the table.";

// The card {element, draw(records, state)} of the run that is open.
export function runFacts() {
  const panel = card({ name: "run-facts", title: "The run", wide: true });
  replace(panel.body, notice(CHOOSE));
  let drawn = "";

  function draw(records, state) {
    const { open } = runsView(state);
    const run = records.details.get(open);
    const missing = open && !run && records.runs?.every((row) => row.id !== open);
    const facts = run && { ...run, curves: 0, learned: 0, last: 0 };
    const text = JSON.stringify([open, missing, facts]);
    if (text === drawn) return;
    drawn = text;
    if (run) replace(panel.body, contents(run));
    else replace(panel.body, notice(missing ? `No run has the id ${open}.` : open ? "…" : CHOOSE));
  }

  return { element: panel.element, draw };
}

function contents(run) {
  const command = run.about?.command;
  return [
    make("h3", {}, run.name, " ", make("span", { class: "muted" }, run.id)),
    make("p", {}, said(run)),
    run.status === "done" && report(run.id),
    command ? commandLine("", command) : make("p", { class: "muted" }, run.about?.sentence ?? "…"),
    run.resume && commandLine("Continue it: ", run.resume),
    details("Configuration", run.config),
    details("Environment", run.environment),
    details("Summary", run.summary),
  ];
}

function commandLine(title, text) {
  return make("div", { class: "command-line" }, title, make("code", {}, text), copyButton("copy", () => text));
}

function report(id) {
  const link = { href: `/runs/${encodeURIComponent(id)}/report`, target: "_blank", rel: "noopener" };
  return make("p", {}, make("a", link, "Report of this run"),
    make("span", { class: "muted" }, " (opens a tab, takes some seconds)"));
}

function said(run) {
  const error = run.test_error === null ? "" : `, test error ${run.test_error.toFixed(2)} %`;
  const epochs = run.of ? `${run.epochs} of ${run.of} epochs` : `${run.epochs} epochs`;
  return `${run.status}, ${epochs}${error}`;
}

function details(title, facts) {
  const rows = Object.entries(facts).filter(([, value]) => value !== "" && value !== null);
  const text = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  const list = make("dl", { class: "fact-list" },
    rows.map(([key, value]) => make("div", {}, make("dt", {}, key), make("dd", {}, text(value)))));
  return rows.length > 0 && make("details", {}, make("summary", {}, title), list);
}
