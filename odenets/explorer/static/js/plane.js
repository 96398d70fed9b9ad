import { freshId, setAll, svg } from "./dom.js";
import { gestures } from "./gestures.js";
import { legendKey, legendRows } from "./legend.js";
import { ticks } from "./ticks.js";

const SIZE = 11; // pixels of the letters
const ROOM = { left: 46, right: 10, top: 8, bottom: 36 }; // pixels around the window
const [LEAST, MOST] = [1e-6, 1e6]; // widths of the window: beyond, doubles no longer tell neighbouring points apart
const NUDGE = 1 / 60; // of the window's width, that the crosshair moves at a key
const KEYS = "Drag or arrow keys pan, wheel, pinch or + and − zoom, 0 fits, Shift with arrows moves the crosshair.";

// A window of the complex plane with axes, equal units on both. labels: {x, y}; listeners: moved(view, byUser),
// point(x, y) or point(null), fit(). Gives {svg, layer (what is drawn in it), view {x, y: centre, width}, set(view),
// resize(width, height), keys(series), window(), scale (pixels a unit), toPixel(x, y), toPlane(left, up), frame, at}.
export function plane({ width = 480, height = 400, labels = { x: "Re", y: "Im" }, moved, point, fit }) {
  const clip = freshId("window");
  const hole = svg("rect", {});
  const [axes, layer, top] = [svg("g", {}), svg("g", {}), svg("g", {})];
  const cross = svg("g", { "data-screen": "", stroke: "var(--muted)", "pointer-events": "none" });
  const keys = svg("desc", { "data-screen": "" }, KEYS);
  const picture = svg("svg", { role: "img", tabindex: "0" }, keys, svg("clipPath", { id: clip }, hole), axes,
    svg("g", { "clip-path": `url(#${clip})` }, layer, cross), top);
  Object.assign(picture.style, { display: "block", maxWidth: "100%", cursor: "crosshair" });
  Object.assign(picture.style, { userSelect: "none", outlineOffset: "-2px" });
  const self = { svg: picture, layer, view: { x: 0, y: 0, width: 4 }, frame: {}, scale: 1, at: null };
  let series = [];

  self.toPixel = (x, y) => [
    (self.frame.left + self.frame.right) / 2 + (x - self.view.x) * self.scale,
    (self.frame.top + self.frame.bottom) / 2 - (y - self.view.y) * self.scale,
  ];
  self.toPlane = (left, up) => [
    self.view.x + (left - (self.frame.left + self.frame.right) / 2) / self.scale,
    self.view.y - (up - (self.frame.top + self.frame.bottom) / 2) / self.scale,
  ];
  self.window = () => {
    const across = self.view.width / 2;
    const up = (self.frame.bottom - self.frame.top) / 2 / self.scale;
    return { x: [self.view.x - across, self.view.x + across], y: [self.view.y - up, self.view.y + up] };
  };
  self.resize = (wide, tall) => {
    [width, height] = [wide, tall];
    const legend = legendRows(series, width, 12);
    const above = ROOM.top + 18 * legend.height + (legend.height ? 4 : 0);
    self.frame = { left: ROOM.left, right: width - ROOM.right, top: above, bottom: height - ROOM.bottom };
    const [across, up] = [self.frame.right - self.frame.left, self.frame.bottom - self.frame.top];
    setAll(picture, { width, height, viewBox: `0 0 ${width} ${height}` });
    setAll(hole, { x: self.frame.left, y: self.frame.top, width: across, height: up });
    top.replaceChildren(...legend.items.map(legendKey));
    self.set(self.view);
  };
  self.keys = (shown) => {
    series = shown;
    self.resize(width, height);
  };
  self.set = (view, byUser = false) => {
    self.view = { ...view, width: Math.min(Math.max(view.width, LEAST), MOST) };
    self.scale = (self.frame.right - self.frame.left) / self.view.width;
    axes.replaceChildren(...drawnAxes(self, labels, height));
    crosshair();
    moved?.(self.view, byUser);
  };
  // The view that just holds a window {x: [low, high], y: [low, high]}.
  self.holding = ({ x, y }) => {
    const ratio = (self.frame.right - self.frame.left) / (self.frame.bottom - self.frame.top);
    return { x: (x[0] + x[1]) / 2, y: (y[0] + y[1]) / 2, width: Math.max(x[1] - x[0], (y[1] - y[0]) * ratio) };
  };
  self.point = (at) => {
    self.at = at;
    crosshair();
    if (at) point?.(...at);
    else point?.(null);
  };

  function crosshair() {
    if (!self.at) return cross.replaceChildren();
    const [x, y] = self.toPixel(...self.at);
    const { left, right, top: high, bottom } = self.frame;
    const line = (ends) => svg("line", { ...ends, "stroke-width": 1, "stroke-dasharray": "3 3" });
    const upright = line({ x1: x, x2: x, y1: high, y2: bottom });
    return cross.replaceChildren(upright, line({ x1: left, x2: right, y1: y, y2: y }));
  }

  const zoom = (factor, left, up) => {
    const [x, y] = left === undefined ? [self.view.x, self.view.y] : self.toPlane(left, up);
    const next = Math.min(Math.max(self.view.width / factor, LEAST), MOST);
    const part = next / self.view.width;
    self.set({ x: x + (self.view.x - x) * part, y: y + (self.view.y - y) * part, width: next }, true);
  };
  gestures(picture, {
    pan: (dx, dy) => {
      const { x, y, width: same } = self.view;
      self.set({ x: x - dx / self.scale, y: y + dy / self.scale, width: same }, true);
    },
    zoom,
    fit: () => fit?.(),
    point: (left, up) => self.point(inside(self.frame, left, up) ? self.toPlane(left, up) : null),
    leave: () => self.point(null),
    step: (across, up) => {
      const [x, y] = self.at ?? [self.view.x, self.view.y];
      self.point([x + across * NUDGE * self.view.width, y + up * NUDGE * self.view.width]);
    },
  }, () => self.frame.right - self.frame.left);
  self.resize(width, height);
  return self;
}

function inside({ left, right, top, bottom }, x, y) {
  return x >= left && x <= right && y >= top && y <= bottom;
}

function drawnAxes(self, labels, height) {
  const { left, right, top, bottom } = self.frame;
  const { x, y } = self.window();
  const letters = { fill: "var(--muted)", "font-size": SIZE };
  const text = (attributes, content) => svg("text", { ...letters, ...attributes }, content);
  const line = (ends, stroke) => svg("line", { ...ends, stroke });
  const parts = [];
  for (const { value, text: label } of ticks(...x, Math.max(3, (right - left) / 80))) {
    const [at] = self.toPixel(value, 0);
    parts.push(line({ x1: at, x2: at, y1: top, y2: bottom }, value === 0 ? "var(--muted)" : "var(--line)"));
    parts.push(text({ x: at, y: bottom + 14, "text-anchor": "middle" }, label));
  }
  for (const { value, text: label } of ticks(...y, Math.max(3, (bottom - top) / 55))) {
    const [, at] = self.toPixel(0, value);
    parts.push(line({ x1: left, x2: right, y1: at, y2: at }, value === 0 ? "var(--muted)" : "var(--line)"));
    parts.push(text({ x: left - 5, y: at + 4, "text-anchor": "end" }, label));
  }
  const look = { fill: "var(--ink)", "font-size": 12, "text-anchor": "middle" };
  const border = { x: left, y: top, width: right - left, height: bottom - top };
  parts.push(svg("rect", { ...border, fill: "none", stroke: "var(--line)" }));
  parts.push(svg("text", { ...look, x: (left + right) / 2, y: height - 5 }, labels.x));
  parts.push(svg("text", { ...look, transform: `translate(11 ${(top + bottom) / 2}) rotate(-90)` }, labels.y));
  return parts;
}
