// A text to type with examples to pick from; a wrong place is marked by its line and column.

import { button, freshId, make, replace } from "./dom.js";

// A field {element, text(), mark(refusal | null)}, a refusal with `at` {line, column} or null; it sends "input" events
// as it is typed.
export function textField({ label, text, examples, says, describedBy }) {
  const id = freshId("text");
  const area = make("textarea", { id, rows: 5, spellcheck: "false", autocomplete: "off", wrap: "off",
    "aria-describedby": `${id}-says`, value: text });
  const picked = make("select", { id: `${id}-examples` }, make("option", { value: "" }, "pick one"),
    Object.keys(examples).map((name) => make("option", { value: name }, name)));
  const place = make("div", { class: "text-place" });
  const element = make("div", { class: "text-form" }, make("label", { for: id }, label), area, place, make("p",
    { class: "muted", id: `${id}-says` }, says),
    make("div", { class: "field" }, make("label", { for: picked.id }, "examples"), picked));

  picked.addEventListener("input", (event) => {
    event.stopPropagation();
    if (!picked.value) return;
    area.value = examples[picked.value];
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });

  function mark(refusal) {
    const at = refusal?.at;
    area.setAttribute("aria-invalid", String(Boolean(refusal)));
    area.setAttribute("aria-describedby", refusal ? describedBy : `${id}-says`);
    if (!at) return replace(place);
    const line = area.value.split("\n")[at.line - 1] ?? "";
    const column = Math.max(0, (at.column ?? 1) - 1);
    const shown = make("code", {}, line.slice(Math.max(0, column - 18), column), make("mark", {}, line[column] ?? "…"),
      line.slice(column + 1, column + 18));
    return replace(place, shown, button("go there", () => caret(at.line, column), { class: "quiet" }));
  }

  function caret(line, column) {
    const before = area.value.split("\n").slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0);
    area.focus();
    area.setSelectionRange(before + column, before + column + 1);
  }

  return { element, text: () => area.value, mark };
}
