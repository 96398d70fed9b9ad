// The free coefficients of the active design as sliders.

import { ask } from "./asking.js";
import { card, notice } from "./cards.js";
import { replace } from "./dom.js";
import { follower } from "./panels.js";
import { slider } from "./sliders.js";
import { activeDesign, withValue } from "./store.js";

// The card with one slider for each parameter of the active design, and what each is: "k is learned, one a step".
export function parametersPanel(store) {
  const panel = card({ name: "parameters", title: "Parameters" });
  let sliders = new Map();

  function draw({ parameters }) {
    const names = parameters.map(({ name }) => name);
    if (names.join() !== [...sliders.keys()].join() || !sliders.size) rebuild(parameters);
    parameters.forEach((parameter) => sliders.get(parameter.name).update(spec(parameter)));
  }

  function rebuild(parameters) {
    const made = (parameter) => slider(spec(parameter), changer(parameter.name));
    sliders = new Map(parameters.map((parameter) => [parameter.name, made(parameter)]));
    const elements = [...sliders.values()].map(({ element }) => element);
    replace(panel.body, elements.length ? elements : notice("This scheme has no parameters."));
  }

  const changer = (name) => (text) => store.change(withValue(store.state, name, text));
  const value = (name) => activeDesign(store.state).values?.[name] ?? null;
  const spec = (parameter) => ({ ...parameter, value: value(parameter.name) });

  // Asked without the values: which parameters there are does not change while one is dragged.
  const follow = follower((state) => ({ ...activeDesign(state), values: {} }), (design) => {
    const { values, ...table } = design;
    panel.hold(ask("parameters", table), draw);
  });

  function update(state) {
    follow(state);
    for (const [name, { update: show }] of sliders) show({ value: activeDesign(state).values?.[name] ?? null });
  }
  return { element: panel.element, update };
}
