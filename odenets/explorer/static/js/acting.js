// "See it act": a toy problem integrated by the active scheme, beside the exact and the modified flow.

import { controls } from "./acting_controls.js";
import { driftSpec, errorSpec, parasiteSpec, pathSpec, phaseSpec } from "./acting_pictures.js";
import { player } from "./acting_play.js";
import { ask } from "./asking.js";
import { card } from "./cards.js";
import { chart } from "./chart.js";
import { make, replace } from "./dom.js";
import { follower } from "./panels.js";
import { exportable } from "./picture.js";
import { activeDesign, designTitle } from "./store.js";

const PATIENCE = 150; // ms
const EMPTY = { series: [], x: {}, y: {}, caption: "" };

// The panel of the page "See it act": controls, and a card a picture; asks act, act_modified, act_parasites, act_paths.
export function actingPanel(store) {
  const kept = { act: null, modified: null, title: "", round: null };
  const own = controls((patch) => store.change({ act: { ...store.state.act, ...patch } }),
    (problem) => store.change({ act: fresh(store.state.act, { problem, h: null, steps: null }) }),
    (road) => store.change({ act: fresh(store.state.act, { road, pathH: null }) }));
  const pictures = {
    phase: picture("act-phase", "Points and flows", 360),
    error: picture("act-error", "Distance from the flows", 360),
    parasites: picture("act-parasites", "Parasitic modes", 260),
    drift: picture("act-drift", "What the flow conserves", 260),
    paths: picture("act-paths", "Random paths over the law of their limit", 320),
  };
  const play = player(() => drawPhase());
  pictures.phase.card.body.prepend(play.element);
  pictures.paths.card.body.prepend(own.paths);
  const head = card({ name: "acting", title: "See it act" });
  head.body.append(own.element);
  const element = make("div", { class: "acting" }, head.element,
    Object.values(pictures).map((one) => one.card.element));
  Object.assign(element.style, { display: "grid", gap: "1.25rem", alignItems: "stretch",
    gridTemplateColumns: "repeat(auto-fit, minmax(min(25rem, 100%), 1fr))" });
  head.element.style.gridColumn = "1 / -1";
  pictures.drift.card.element.hidden = true;
  pictures.paths.card.element.hidden = true;
  pictures.paths.card.element.style.gridColumn = "1 / -1";
  head.body.style.paddingBottom = "2.4rem"; // where the card says a refusal

  function drawPhase() {
    if (kept.act) pictures.phase.draw(phaseSpec(kept.act, kept.modified, kept.title, play.at()), kept.title);
  }

  function drawErrors() {
    if (!kept.act) return;
    pictures.error.draw(errorSpec(kept.act, kept.modified, kept.title), kept.title);
    const drifts = kept.act.invariants.length > 0;
    pictures.drift.card.element.hidden = !drifts;
    if (drifts) pictures.drift.draw(driftSpec(kept.act, kept.title), kept.title);
  }

  function drawFlows() {
    kept.modified = kept.round?.modified ?? null;
    drawPhase();
    drawErrors();
    pictures.phase.tell([...(kept.act?.says ?? []), ...(kept.modified?.says ?? [])]);
  }

  function follow({ design, act }) {
    const { problem, h, steps, start, seed, order, road, pathH } = act;
    const options = given({ problem, h, steps, start, seed: start === "disturbed" ? seed : null });
    kept.title = designTitle(design);
    own.update(act);
    const round = { modified: null };
    const first = ask("act", design, options);
    const second = ask("act_modified", design, { ...options, ...given({ order }) });
    head.hold(soonWith(first, second), (answer) => {
      Object.assign(kept, { act: answer, round });
      own.answered(answer);
      play.reset(answer.times);
      drawFlows();
    });
    pictures.phase.card.hold(after(first, second), (answer) => {
      round.modified = answer;
      drawFlows();
    });
    pictures.parasites.card.hold(after(first, ask("act_parasites", design, options)), (answer) => {
      pictures.parasites.draw(answer.modes.length ? parasiteSpec(answer, kept.title) : EMPTY, kept.title);
      pictures.parasites.tell(answer.says);
    });
    first.then((answer) => {
      if (answer === null) return;
      pictures.paths.card.element.hidden = !answer.random;
      if (answer.random) drawPaths(design, given({ problem: road, h: pathH, seed }));
    }, () => {});
  }

  function drawPaths(design, options) {
    pictures.paths.card.hold(ask("act_paths", design, options), (answer) => {
      own.drawn(answer);
      pictures.paths.draw(pathSpec(answer, kept.title), kept.title);
      pictures.paths.tell(answer.says);
    });
  }

  const pick = (state) => (state.page === "act" ? { design: activeDesign(state), act: state.act ?? {} } : null);
  return { element, update: follower(pick, follow) };
}

// A card with a chart: {card, draw(spec, title), tell(sentences)}; `height` in pixels.
function picture(name, title, height) {
  const drawing = chart({ ...EMPTY, height });
  let shown = EMPTY;
  const save = exportable(() => drawing.svg, () => shown.title ?? title, () => shown.caption);
  const one = card({ name, title, tools: [save] });
  const says = make("div", {});
  one.body.append(drawing.element, says);
  drawing.element.hidden = true;
  one.element.style.minHeight = `${height + 130}px`;
  return {
    card: one,
    draw(spec, design) {
      shown = { ...spec, height, title: `${title}: ${design}` };
      drawing.element.hidden = spec.series.length === 0;
      drawing.update(shown);
    },
    tell: (sentences) => replace(says, sentences.map((sentence) => make("p", { class: "notice" }, sentence))),
  };
}

// The first answer, held back a moment for the second, so that both change in one picture.
async function soonWith(first, second) {
  const answer = await first;
  await Promise.race([second.catch(() => null), new Promise((resume) => setTimeout(resume, PATIENCE))]);
  return answer;
}

// The second answer, and nothing where the first was refused: what they have in common is said once.
function after(first, second) {
  second.catch(() => {});
  return first.then(() => second, () => null);
}

// Options without what is not said, so that the server's usual values stand.
function given(options) {
  const said = Object.entries(options).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return Object.fromEntries(said);
}

function fresh(act, patch) {
  return given({ ...act, ...patch });
}
