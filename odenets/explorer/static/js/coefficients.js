// Learned coefficients by step as an animation over the epochs, against what theory says of them.

import { card, notice } from "./cards.js";
import { chart } from "./chart.js";
import { button, freshId, make, replace } from "./dom.js";
import { exportable } from "./picture.js";
import { depthSpec, learnedSpec, parasiteSpec, readoutText } from "./learnedcharts.js";
import { runsView } from "./runview.js";

const NOTHING = "Open a run by its name in the table: what it learned of its scheme is shown here.";
const LEARNED_NONE = "This run learned no coefficient of its scheme.";
const [LEAST, MOST] = [80, 450]; // ms an epoch of the animation
const WHOLE = 7000; // ms for all epochs, within those ends
const still = matchMedia("(prefers-reduced-motion: reduce)");

// The card {element, draw(records, state)}: k by step at an epoch, a slider and play over the epochs, theory beside it.
export function coefficientsCard(store) {
  const panel = card({ name: "coefficients", title: "Learned coefficients", wide: true });
  const charts = [chart({ series: [] }), chart({ series: [] }), chart({ series: [] })];
  const [main, depth, parasite] = charts;
  const player = playerOf((at) => show(at));
  const readout = make("p", { class: "muted", role: "note" });
  const names = make("select", { "aria-label": "which coefficient", onchange: () => show(player.at) });
  const small = make("div", { class: "pair" }, depth.element, parasite.element);
  const whole = make("div", { class: "learned" }, player.element, main.element, readout, small);
  let run = null;
  const [title, caption] = [() => `Learned ${names.value} of ${run.name}`, () => readout.textContent];
  panel.tools.append(names, exportable(() => (run ? main.svg : null), title, caption));
  names.hidden = true;
  replace(panel.body, notice(NOTHING));

  const table = () => run?.learned[names.value];

  function show(at) {
    const found = table();
    if (!found) return;
    const lengths = run.about?.stages ?? null;
    main.update(learnedSpec(names.value, found, lengths, at));
    const text = readoutText(names.value, found, lengths, at);
    if (readout.textContent !== text) readout.textContent = text;
    small.hidden = !found.theory;
    if (!found.theory) return;
    depth.update(depthSpec(found, at));
    parasite.update(parasiteSpec(found, at));
  }

  function draw(records, state) {
    const { open } = runsView(state);
    const next = records.details.get(open) ?? null;
    if (next === run) return;
    const another = next?.id !== run?.id;
    run = next;
    const known = Object.keys(run?.learned ?? {});
    if (names.dataset.known !== known.join()) {
      names.dataset.known = known.join();
      replace(names, known.map((name) => make("option", { value: name }, name)));
    }
    names.hidden = known.length < 2;
    if (!known.length) return void replace(panel.body, notice(run ? LEARNED_NONE : NOTHING));
    if (whole.parentNode !== panel.body) replace(panel.body, whole);
    player.epochs(table().epochs, another);
    show(player.at);
  }

  return { element: panel.element, draw };
}

// A slider over the epochs and a button that plays them: {element, at, epochs(numbers, another)}.
// tell(at) gets the place in the list of epochs, a fraction while it plays.
function playerOf(tell) {
  const id = freshId("epoch");
  const label = make("label", { for: id }, "epoch");
  const range = make("input", { type: "range", id, min: 0, max: 0, step: 1, class: "epochs" });
  const number = make("output", { for: id, class: "figure" });
  const play = button("play", () => (playing ? pause() : start()));
  const element = make("div", { class: "player" }, play, label, range, number);
  let [at, numbers, playing, from] = [0, [], 0, 0];

  range.addEventListener("input", () => { pause(); go(Number(range.value)); });

  function go(place) {
    at = place;
    const nearest = Math.round(at);
    range.value = nearest;
    const text = `${numbers[nearest] ?? ""} of ${numbers[numbers.length - 1] ?? ""}`;
    range.setAttribute("aria-valuetext", `epoch ${text}`);
    replace(number, text);
    tell(at);
  }

  function start() {
    if (at >= numbers.length - 1) at = 0;
    replace(play, "pause");
    from = performance.now() - at * pace();
    playing = requestAnimationFrame(frame);
  }

  function pause() {
    cancelAnimationFrame(playing);
    playing = 0;
    replace(play, "play");
    if (at !== Math.round(at)) go(Math.round(at));
  }

  // Who asks for less motion sees whole epochs, one after another.
  const pace = () => (still.matches ? 900 : Math.min(MOST, Math.max(LEAST, WHOLE / numbers.length)));

  function frame(now) {
    if (!element.isConnected) return pause();
    const place = Math.min((now - from) / pace(), numbers.length - 1);
    const next = still.matches ? Math.floor(place) : place;
    if (next !== at) go(next);
    if (place >= numbers.length - 1) return pause();
    playing = requestAnimationFrame(frame);
  }

  // Further epochs of a run that is followed move its end along.
  function epochs(found, another) {
    const last = at >= numbers.length - 1;
    numbers = found;
    range.max = numbers.length - 1;
    play.disabled = numbers.length < 2;
    if (another) pause();
    if (another || (last && !playing)) go(numbers.length - 1);
  }

  return { element, epochs, get at() { return at; } };
}
