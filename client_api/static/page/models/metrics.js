// How well a version was measured to do, from its model card.

import { make } from "../element.js";

const FIRST = 6;

/** Numbers by name, or groups of them, as one list: [["validation AP", 0.61], ...]. */
export function flatMetrics(metrics, prefix = "") {
  return Object.entries(metrics ?? {}).flatMap(([name, value]) => {
    const words = prefix ? `${prefix} ${name}` : name;
    if (typeof value === "number") return [[words, value]];
    return value && typeof value === "object" ? flatMetrics(value, words) : [];
  });
}

/** A measure's name as the field writes it: "AP small", of "ap_small". */
function words(name) {
  return name.replace(/\ba([pr])(?![a-z])/g, (_, letter) => `A${letter.toUpperCase()}`).replaceAll("_", " ");
}

function number(value) {
  // COCO's measure of objects of which there were none.
  if (value === -1) return "none";
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

function listOf(rows) {
  return make(
    "dl.metrics",
    {},
    rows.map(([name, value]) => make("div", {}, make("dt", {}, words(name)), make("dd", {}, number(value)))),
  );
}

/** The first few, and the others to open; null where nothing was measured. */
export function metricsView(metrics, id) {
  const rows = flatMetrics(metrics);
  if (!rows.length) return null;
  const more = rows.slice(FIRST);
  return make(
    "div.measured",
    {},
    listOf(rows.slice(0, FIRST)),
    more.length ? make("details", { id }, make("summary", {}, `${more.length} more measures`), listOf(more)) : null,
  );
}
