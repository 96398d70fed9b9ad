import { svg } from "./dom.js";
import { textWidth } from "./looks.js";

const SMALL = 0.74; // of the letters: indices, exponents, and the two parts of a fraction
const SHIFT = { sub: 0.26, sup: -0.42 }; // of the letters, downwards

// A label is a list of segments {text, at: "" | "sub" | "sup"} and {over, under}. Its room in pixels with letters of
// `size`: {width, up, down} from the baseline.
export function labelRoom(segments, size) {
  const parts = segments.map((segment) => room(segment, size));
  const most = (key) => Math.max(0, ...parts.map((part) => part[key]));
  return { width: parts.reduce((sum, part) => sum + part.width, 0), up: most("up"), down: most("down") };
}

// The label as an SVG group, its baseline beginning at x, y; look: attributes of the letters, such as fill.
export function label(segments, x, y, size, look = {}) {
  const group = svg("g", { fill: "var(--ink)", ...look });
  let at = x;
  for (const segment of segments) {
    group.append(...drawn(segment, at, y, size));
    at += room(segment, size).width;
  }
  return group;
}

// The segments as one line of plain text.
export function labelText(segments) {
  const sign = { sub: "_", sup: "^" };
  const told = ({ over, under, text, at }) => (over === undefined ? `${sign[at] ?? ""}${text}` : `${over}/${under}`);
  return segments.map(told).join("");
}

function room(segment, size) {
  if ("over" in segment) {
    const widest = Math.max(...[segment.over, segment.under].map((text) => textWidth(text, SMALL * size)));
    return { width: widest + 4, up: 1.12 * size, down: 0.52 * size };
  }
  const letters = segment.at ? SMALL * size : size;
  const shift = (SHIFT[segment.at] ?? 0) * size;
  return { width: textWidth(segment.text, letters), up: 0.74 * letters - shift, down: 0.2 * letters + shift };
}

function drawn(segment, x, y, size) {
  const text = (content, left, baseline, letters, anchor = "start") =>
    svg("text", { x: left, y: baseline, "font-size": letters, "text-anchor": anchor }, content);
  if (!("over" in segment)) {
    return [text(segment.text, x, y + (SHIFT[segment.at] ?? 0) * size, segment.at ? SMALL * size : size)];
  }
  const { width } = room(segment, size);
  const line = { x1: x + 1, x2: x + width - 1, y1: y - 0.32 * size, y2: y - 0.32 * size };
  return [
    text(segment.over, x + width / 2, y - 0.44 * size, SMALL * size, "middle"),
    svg("line", { ...line, stroke: "currentColor", "stroke-width": 1 }),
    text(segment.under, x + width / 2, y + 0.34 * size, SMALL * size, "middle"),
  ];
}
