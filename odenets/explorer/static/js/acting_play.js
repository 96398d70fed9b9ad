// The animation of points along their flows: a button and a slider of time.

import { button, make } from "./dom.js";
import { numberText } from "./ticks.js";

const SECONDS = 8; // for all points
const FRAME = 33; // milliseconds

// A player {element, reset(times), at()}: `at` is the number of the point shown last; shown() is called as it changes.
// Nothing moves by itself; where the visitor wants less motion there is the slider alone.
export function player(shown) {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const range = make("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "time shown" });
  const start = button("Play", () => (state.playing ? stop() : play()));
  const element = make("div", {}, start, " ", range);
  Object.assign(element.style, { display: "flex", gap: "0.6rem", alignItems: "center" });
  range.style.flex = "1";
  const state = { times: [0], at: 0, playing: 0, since: 0 };

  range.addEventListener("input", () => {
    stop();
    show(Number(range.value));
  });
  const look = () => {
    start.hidden = calm.matches;
    if (calm.matches) stop();
  };
  calm.addEventListener("change", look);
  look();

  function show(at) {
    state.at = at;
    range.value = at;
    range.setAttribute("aria-valuetext", `t = ${numberText(state.times[at])}`);
    shown();
  }

  function play() {
    const last = state.times.length - 1;
    const from = state.at >= last ? 0 : state.at;
    const begun = performance.now() - (from / Math.max(last, 1)) * SECONDS * 1000;
    start.textContent = "Pause";
    const ticket = {};
    state.playing = ticket;
    let drawn = 0;
    const frame = (now) => {
      if (state.playing !== ticket) return;
      if (!element.isConnected || element.offsetParent === null) return stop();
      const at = Math.min(Math.max(Math.floor(((now - begun) / (SECONDS * 1000)) * last), 0), last);
      if (now - drawn >= FRAME && at !== state.at) {
        drawn = now;
        show(at);
      }
      if (state.at >= last) stop();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  function stop() {
    state.playing = 0;
    start.textContent = "Play";
  }

  return {
    element,
    at: () => state.at,
    reset(times) {
      stop();
      state.times = times;
      state.at = times.length - 1;
      range.max = state.at;
      range.value = state.at;
      range.setAttribute("aria-valuetext", `t = ${numberText(times[state.at])}`);
    },
  };
}
