import { labelRoom } from "./labels.js";

export const LETTERS = 13; // pixels of the labels
export const DECIMAL = 11; // pixels of a coefficient written as a decimal
export const BOX = 11; // half the side of a box
const [GAP, MARK, LEAD] = [8, 6, 16]; // pixels: behind a label, beside a mark, before the first column

// Where the parts of a wiring diagram lie, in pixels: a lane a value, a column a sum, so that no line slants. Of the
// view {lanes, columns, taps}. Gives lanes and taps with places, columns with {x, y, top}, right, width and height.
export function wiringLayout({ lanes, columns, taps }) {
  const outputs = columns.filter((column) => !column.field.length);
  const names = [...lanes.map((lane) => lane.name), ...outputs.map((column) => column.name)];
  const rooms = taps.map((tap) => labelRoom(tap.label, sizeOf(tap.label)));
  const rise = Math.max(14, ...rooms.map((room) => room.up + room.down)) + 8;
  const y = new Map(names.map((name, i) => [name, rise * (i + 1)]));
  const states = lanes.filter((lane) => !lane.slope).map((lane) => labelRoom(lane.label, LETTERS).width);
  const first = Math.max(...states) + GAP;
  const x = new Map();
  let at = first + LEAD + BOX;
  for (const column of columns) {
    x.set(column.name, at);
    const widest = Math.max(0, ...taps.map((tap, i) => (tap.target === column.name ? rooms[i].width : 0)));
    const own = column.field.length ? BOX + GAP / 2 + labelRoom(column.label, DECIMAL).width : 0;
    at += Math.max(widest + MARK, own, 2 * BOX) + GAP + BOX;
  }
  const right = at;
  const uses = (name) => taps.filter((tap) => tap.source === name).map((tap) => x.get(tap.target));
  const placedLanes = lanes.map((lane) => {
    const start = lane.slope ? x.get(lane.name) + BOX : first;
    return { ...lane, y: y.get(lane.name), start, end: Math.max(start, ...uses(lane.name)) };
  });
  const placedColumns = columns.map((column) => {
    const sources = taps.filter((tap) => tap.target === column.name).map((tap) => y.get(tap.source));
    const own = y.get(column.name);
    const ends = { top: Math.min(own, ...sources), bottom: Math.max(own, ...sources) };
    return { ...column, x: x.get(column.name), y: own, ...ends };
  });
  const place = (tap) => ({ x: x.get(tap.target), y: y.get(tap.source), size: sizeOf(tap.label) });
  const placedTaps = taps.map((tap) => ({ ...tap, ...place(tap) }));
  const last = Math.max(...outputs.map((column) => labelRoom(column.label, LETTERS).width), 0);
  const [width, height] = [right + GAP + last, rise * (names.length + 1)];
  return { lanes: placedLanes, columns: placedColumns, taps: placedTaps, right, width, height };
}

function sizeOf(segments) {
  return segments.some((segment) => segment.text?.includes(".")) ? DECIMAL : LETTERS;
}
