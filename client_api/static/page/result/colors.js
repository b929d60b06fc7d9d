// Colors of classes, those that `detection.drawing` draws with, and of a hand's fingers.

import { config } from "../config.js";

/** The color of a class, `#RRGGBB`: the same in every image. */
export function classColor(classId) {
  const count = config.palette.length;
  return config.palette[(((classId - 1) % count) + count) % count];
}

/** Dark or light, whichever reads better on `color` (relative luminance, ITU-R BT.709). */
export function inkOn(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 110 ? "#101010" : "#FFFFFF";
}

/** What a class is called: its label, else its number. */
export function className(detection) {
  return detection.label ?? `class ${detection.class_id}`;
}

/** A score as people read it. */
export function percent(score) {
  return `${(score * 100).toFixed(1)}%`;
}
