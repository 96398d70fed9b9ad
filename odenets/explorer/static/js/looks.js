const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 4"]; // of the series 0 to 5: colour is never the only sign
let canvas = null;

// The colour of a series: 0 to 5, "ink" or "grey"; as a CSS variable, so that a change of theme needs no drawing.
export function colourOf(colour) {
  return { ink: "var(--ink)", grey: "var(--muted)" }[colour] ?? `var(--series-${colour ?? 0})`;
}

// The dashes of a line: nothing (solid), a number 0 to 5, true (dashed), or an SVG dash array.
export function dashOf(dash) {
  if (dash === undefined || dash === null || dash === false || dash === "solid") return "";
  return DASHES[dash === true || dash === "dashed" ? 1 : dash === "dotted" ? 2 : dash] ?? String(dash);
}

// Width in CSS pixels of a text set in the page's font (or `family`) of `size` pixels.
export function textWidth(text, size = 12, family = "", weight = "") {
  canvas ??= document.createElement("canvas").getContext("2d");
  canvas.font = `${weight} ${size}px ${family || getComputedStyle(document.body).fontFamily || "sans-serif"}`;
  return canvas.measureText(text).width;
}

// A text broken between words into lines of at most `width` pixels in a font of `size` pixels.
export function wrapped(text, width, size = 12) {
  const lines = [];
  for (const word of String(text).split(/\s+/).filter(Boolean)) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

// Calls `draw(width)` with the element's width in whole pixels now and whenever it changes; 0 while it is not shown.
export function onWidth(element, draw) {
  let known = -1;
  const observer = new ResizeObserver((entries) => {
    const width = Math.floor(entries[0].contentRect.width);
    if (width === known) return;
    known = width;
    draw(width);
  });
  observer.observe(element);
}
