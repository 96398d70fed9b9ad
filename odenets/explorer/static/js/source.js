// The generated source, to read, copy and save.

import { button, copyButton, download, make, replace } from "./dom.js";
import { viewPanel } from "./panels.js";

const KEYWORDS = [
  "and", "as", "assert", "class", "def", "else", "for", "from", "if", "import", "in", "is", "lambda", "not", "or",
  "pass", "raise", "return", "self", "super", "with", "True", "False", "None",
];
const TOKENS = new RegExp(
  [
    String.raw`(?<comment>#[^\n]*)`,
    String.raw`(?<text>"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`,
    String.raw`(?<keyword>\b(?:${KEYWORDS.join("|")})\b)`,
    String.raw`(?<number>\b\d+(?:\.\d*)?(?:[eE][+-]?\d+)?\b)`,
  ].join("|"),
  "g",
);

// The card of the active design's source: the step at once, the complete PyTorch file when the button is pressed
// (the server starts torch for it, so that the first takes seconds).
export function sourcePanel(store) {
  let complete = false;
  let shown = { text: "", file: "step.py" };
  const panel = viewPanel({
    name: "source",
    title: "Source",
    tools: [
      button("Complete PyTorch file", toggle, { "aria-pressed": "false" }),
      copyButton("Copy", () => shown.text),
      button("Download", () => download(shown.text, shown.file, "text/x-python;charset=utf-8")),
    ],
    request: () => ({ view: complete ? "module" : "source" }),
    draw(answer, { body }) {
      const text = answer.module ?? answer.step;
      shown = { text: text ?? "", file: answer.file };
      replace(body, text ? listing(text) : make("p", { class: "notice" }, answer.says));
    },
  });
  function toggle(event) {
    complete = !complete;
    event.currentTarget.setAttribute("aria-pressed", String(complete));
    panel.update(store.state);
  }
  return panel;
}

// Python as a block: comments, texts, keywords and numbers in spans of the classes code-comment …, code-number.
export function listing(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(TOKENS)) {
    const [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    parts.push(text.slice(end, found.index), make("span", { class: `code-${kind}` }, found[0]));
    end = found.index + found[0].length;
  }
  return make("pre", { class: "source" }, make("code", {}, parts, text.slice(end)));
}
