// "Train this": the active design on handwritten digits, started by the server; its command line is shown before.

import { inSnapshot, post } from "./asking.js";
import { card, notice } from "./cards.js";
import { button, copyButton, freshId, make, replace } from "./dom.js";
import { askRuns, followRuns, runRecords } from "./runrecords.js";
import { changeRuns, openRun } from "./runview.js";
import { activeDesign, designTitle } from "./store.js";

const FIELDS = { depth: "Depth", epochs: "Epochs", seed: "Seed" }; // their ends and usual values are the server's
const PAUSE = 250; // ms of rest before a command line is asked for
const READ_ONLY = "This page is read-only: type the command where you train.";

// A button for the design page that leads to the training of the active design.
export function trainButton(store) {
  return button("Train this", () => store.change({ page: "runs" }));
}

// The card {element, update(state)}: depth, epochs, seed, the command line, start, progress, stop.
export function trainingCard(store) {
  const panel = card({ name: "training", title: "Train this design", wide: true });
  if (inSnapshot()) {
    panel.body.append(notice("A snapshot trains nothing: start `odenets explore`."));
    return { element: panel.element, update: () => {} };
  }
  const title = make("p", {});
  const inputs = Object.entries(FIELDS).map(([name, label]) => numberField(store, name, label));
  const command = make("code", {});
  const [start, stop] = [button("Start training", starting, { class: "primary" }), button("Stop", stopping)];
  const progress = progressOf();
  const line = make("div", { class: "command-line" }, command, copyButton("copy", () => command.textContent));
  const fields = make("div", { class: "fields" }, inputs.map((one) => one.element), start, stop);
  panel.body.append(title, fields, line, progress.element);
  let [asked, timer, waiting, ready] = ["", 0, false, false];

  const wanted = (state) => ({ design: activeDesign(state), ...chosen(state) });

  function update(state) {
    title.textContent = `${designTitle(activeDesign(state))}, on handwritten digits`;
    const text = JSON.stringify(wanted(state));
    if (text !== asked) {
      asked = text;
      ready = false;
      clearTimeout(timer);
      timer = setTimeout(() => askPlan(text), PAUSE);
    }
    follow(runRecords());
  }

  function askPlan(text) {
    panel.hold(post("/runs/command", JSON.parse(text)), (answer) => {
      ready = text === asked;
      replace(command, answer.command);
      follow(runRecords());
    });
  }

  function follow({ started, runs }) {
    inputs.forEach((one) => one.show(chosen(store.state), started.bounds));
    const going = ["running", "stopping"].includes(started.state);
    start.hidden = going;
    start.disabled = going || !ready || Boolean(started.read_only);
    start.title = started.read_only ? READ_ONLY : "";
    stop.hidden = !going;
    replace(stop, started.state === "stopping" ? "Stop now" : "Stop");
    progress.show(started, (runs ?? []).find((run) => run.id === started.run));
    if (waiting && started.run) {
      waiting = false;
      openRun(store, started.run);
    }
  }

  function starting() {
    start.disabled = true;
    waiting = true;
    const answer = post("/runs", wanted(store.state)).finally(askRuns);
    answer.catch(() => (waiting = false));
    panel.hold(answer, () => {}, "start");
  }

  function stopping() {
    panel.hold(post("/runs/stop", {}).finally(askRuns), () => {}, "stop");
  }

  followRuns(follow);
  return { element: panel.element, update };
}

function chosen(state) {
  const given = state.runs ?? {};
  return Object.fromEntries(Object.keys(FIELDS).map((name) => [name, given[name]])
    .filter(([, value]) => Number.isInteger(value)));
}

// A field {element, show(values, bounds)} of a whole number; bounds: {name: {min, max, step, usual}}, once known.
function numberField(store, name, label) {
  const id = freshId(name);
  const input = make("input", { type: "number", id, inputmode: "numeric" });
  const element = make("div", {}, make("label", { for: id }, label), " ", input);
  input.addEventListener("input", () => {
    if (/^\d{1,10}$/.test(input.value)) changeRuns(store, { [name]: Number(input.value) });
  });
  const show = (values, bounds) => {
    const { usual = "", ...ends } = bounds?.[name] ?? {};
    Object.assign(input, ends);
    if (document.activeElement !== input) input.value = values[name] ?? usual;
  };
  return { element, show };
}

function progressOf() {
  const bar = make("progress", { max: 1, value: 0, "aria-label": "epochs trained" });
  const says = make("p", { role: "status" });
  const element = make("div", { class: "progress", hidden: true }, bar, says);

  function show(started, row) {
    element.hidden = started.state === "none";
    const [done, all] = [row?.epochs ?? 0, started.epochs ?? 1];
    bar.max = all;
    bar.value = done;
    bar.hidden = started.state === "ended";
    const text = sentence(started, row, done, all);
    if (says.textContent !== text) says.textContent = text;
  }

  return { element, show };
}

function sentence(started, row, done, all) {
  const name = row?.name ?? started.name;
  const epochs = `${done} of ${all} epochs`;
  if (started.state === "running") return row ? `${name}: ${epochs}` : `${name}: the process starts`;
  if (started.state === "stopping") return `${name} stops after ${epochs}: what is trained is kept`;
  if (started.code === 0) return `${name} is trained, ${epochs}`;
  const again = started.resume ? ` Continue it by: ${started.resume}` : "";
  return `${name} ended after ${epochs}: ${started.says}.${again}`;
}
