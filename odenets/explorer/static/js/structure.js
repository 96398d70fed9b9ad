// The structural parameters of an entry (steps, stages, …): small text fields, taken when they are left or Enter is
// pressed.

import { freshId, make, replace } from "./dom.js";

// Fields {element, update(entry, values)}; changed(values) with {name: text} of all of them.
export function structureFields(changed) {
  const element = make("div", { class: "structure" });
  let drawn = null;
  let fields = {};

  function update(entry, values) {
    const usual = entry?.structure ?? {};
    if (entry?.name !== drawn) {
      drawn = entry?.name;
      fields = Object.fromEntries(Object.keys(usual).map((name) => [name, make("input", { type: "text", class: "number",
        id: freshId("structure"), spellcheck: "false" })]));
      replace(element, Object.entries(fields).map(([name, field]) => make("div", { class: "field" }, make("label",
        { for: field.id }, name), field)));
    }
    for (const [name, field] of Object.entries(fields)) {
      field.placeholder = usualText(usual[name]);
      if (document.activeElement !== field) field.value = values[name] ?? usualText(usual[name]);
    }
  }

  element.addEventListener("change", () => {
    const typed = Object.entries(fields).filter(([, field]) => field.value.trim());
    changed(Object.fromEntries(typed.map(([name, field]) => [name, field.value.trim()])));
  });
  return { element, update };
}

// The usual value of a structural parameter as it is typed.
export function usualText(usual) {
  return usual === null || usual === undefined ? "" : String(usual?.value ?? usual?.default ?? usual);
}
