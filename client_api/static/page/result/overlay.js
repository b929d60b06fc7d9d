// What was found, laid over an image or a video: shapes in SVG, names in HTML so that they keep
// their size however large the image is shown.

import { draw, make } from "../element.js";
import { isShown, look } from "../look.js";
import { classColor, className, inkOn } from "./colors.js";
import { boxShape, maskShape, skeletonShape } from "./shapes.js";

// A name that has room in its tag, however wide its letters are.
const SHORT = /^[ -~]{0,12}$/;

export class Overlay {
  /** @param {(row: number|null) => void} onPoint told the row of the detection pointed at. */
  constructor(onPoint = () => {}) {
    this.onPoint = onPoint;
    this.shapes = draw("svg.shapes", { preserveAspectRatio: "none", role: "img" });
    this.names = make("div.names", { "aria-hidden": "true" });
    this.element = make("div.overlay", {}, this.shapes, this.names);
    /** @type {{detection: Detection, row: number, shape?: SVGElement, name?: HTMLElement}[]} */
    this.rows = [];
    /** @type {Size} */
    this.size = { width: 0, height: 0 };
    this.clear();
  }

  /**
   * Show what was found in one image.
   * @param {{image: {width: number, height: number}, detections: Detection[]}} result
   * @param {boolean} isMirrored whether the image below is shown mirrored.
   */
  show({ image: { width, height }, detections }, isMirrored = false) {
    this.size = { width, height };
    this.isMirrored = isMirrored;
    this.shapes.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.rows = detections.map((detection, row) => ({ detection, row }));
    this.apply();
  }

  /** Only what is shown is drawn: most of what a model finds in a camera's frame scores too little. */
  #drawOnce(each) {
    each.shape ??= this.#shape(each);
    each.name ??= this.#name(each.detection);
  }

  #shape({ detection, row }) {
    return draw(
      "g.detection",
      {
        onpointerenter: () => this.onPoint(row),
        onpointerleave: () => this.onPoint(null),
        // A finger leaves as soon as it is lifted.
        onclick: () => this.onPoint(row),
      },
      [maskShape(detection), boxShape(detection), skeletonShape(detection)],
    );
  }

  #name(detection) {
    const { x_min: xMin, x_max: xMax, y_min: yMin } = detection.box;
    const score = make("span", {}, ` ${Math.round(detection.score * 100)}%`);
    const text = className(detection);
    const name = make("span.name-tag", {}, make(SHORT.test(text) ? "bdi" : "bdi.may-be-cut", {}, text), score);
    const color = classColor(detection.class_id);
    name.style.backgroundColor = color;
    name.style.color = inkOn(color);
    const place = make("div.name-place", {}, name);
    const left = this.isMirrored ? this.size.width - xMax : xMin;
    place.style.setProperty("--x", `${(left / this.size.width) * 100}%`);
    place.style.setProperty("--y", `${(yMin / this.size.height) * 100}%`);
    return place;
  }

  /** Show what the threshold, the classes and the layers that are chosen now let through. */
  apply() {
    const shown = this.rows.filter(({ detection }) => isShown(detection));
    for (const each of shown) this.#drawOnce(each);
    // The smallest on top, so that all of them can be pointed at; of two as large, the better.
    const inOrder = shown.toReversed().toSorted((one, other) => area(other) - area(one));
    const turn = this.isMirrored ? `translate(${this.size.width} 0) scale(-1 1)` : null;
    this.shapes.replaceChildren(
      draw(
        "g",
        { transform: turn },
        inOrder.map(({ shape }) => shape),
      ),
    );
    this.names.replaceChildren(...shown.map(({ name }) => name).reverse());
    this.shapes.setAttribute("aria-label", summary(shown.map(({ detection }) => detection)));
    this.element.style.setProperty("--fill", look.opacity);
    for (const layer of ["boxes", "masks", "keypoints"]) {
      this.element.classList.toggle(`without-${layer}`, !look[layer]);
    }
  }

  /** Light one detection and dim the others; null lights them all alike. */
  light(row) {
    this.element.classList.toggle("has-lit", row !== null);
    for (const each of this.rows) {
      each.shape?.classList.toggle("lit", each.row === row);
      each.name?.classList.toggle("lit", each.row === row);
    }
  }

  clear() {
    this.rows = [];
    this.shapes.replaceChildren();
    this.names.replaceChildren();
    this.shapes.setAttribute("aria-label", summary([]));
  }
}

function area({ detection: { box } }) {
  return (box.x_max - box.x_min) * (box.y_max - box.y_min);
}

/** What an image shows, for those who do not see it. */
export function summary(detections) {
  if (!detections.length) return "Nothing found";
  const counts = new Map();
  for (const each of detections) {
    counts.set(className(each), (counts.get(className(each)) ?? 0) + 1);
  }
  return `Found: ${[...counts].map(([name, count]) => `${count} ${name}`).join(", ")}`;
}
