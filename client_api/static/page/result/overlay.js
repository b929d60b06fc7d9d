// What was found, laid over a picture or a video: shapes in SVG, names in HTML so that they keep
// their size however large the picture is shown.

import { draw, make } from "../element.js";
import { isShown, look } from "../look.js";
import { classColour, className, inkOn } from "./colours.js";
import { boxShape, maskShape, skeletonShape } from "./shapes.js";

export class Overlay {
  /** @param {(row: number|null) => void} onPoint told the row of the detection pointed at. */
  constructor(onPoint = () => {}) {
    this.onPoint = onPoint;
    this.rows = [];
    this.shapes = draw("svg.shapes", { preserveAspectRatio: "none", role: "img" });
    this.names = make("div.names", { "aria-hidden": "true" });
    this.element = make("div.overlay", {}, this.shapes, this.names);
    this.clear();
  }

  /**
   * Show what was found in one picture.
   * @param {{image: {width: number, height: number}, detections: object[]}} result
   * @param {boolean} isMirrored whether the picture below is shown mirrored.
   */
  show({ image: { width, height }, detections }, isMirrored = false) {
    this.shapes.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.rows = detections.map((each, row) => this.#detection(each, row));
    const turn = isMirrored ? `translate(${width} 0) scale(-1 1)` : null;
    // The smallest on top, so that all of them can be pointed at; of two as large, the better.
    const inOrder = this.rows.toReversed().toSorted((one, other) => area(other) - area(one));
    const drawn = inOrder.map(({ shape }) => shape);
    this.shapes.replaceChildren(draw("g", { transform: turn }, drawn));
    this.names.replaceChildren(...this.rows.map(({ name }) => name).reverse());
    for (const { name, detection } of this.rows) {
      const { x_min: xMin, x_max: xMax, y_min: yMin } = detection.box;
      const left = isMirrored ? width - xMax : xMin;
      name.style.setProperty("--x", `${(left / width) * 100}%`);
      name.style.setProperty("--y", `${(yMin / height) * 100}%`);
    }
    this.apply();
  }

  #detection(detection, row) {
    const layers = [maskShape(detection), boxShape(detection), skeletonShape(detection)];
    const shape = draw(
      "g.detection",
      {
        onpointerenter: () => this.onPoint(row),
        onpointerleave: () => this.onPoint(null),
      },
      layers,
    );
    const text = `${className(detection)} ${Math.round(detection.score * 100)}%`;
    const name = make("span.name-tag", {}, text);
    const colour = classColour(detection.class_id);
    name.style.backgroundColor = colour;
    name.style.color = inkOn(colour);
    return { shape, name, detection };
  }

  /** Show what the threshold, the classes and the layers that are chosen now let through. */
  apply() {
    for (const { shape, name, detection } of this.rows) {
      const off = !isShown(detection);
      shape.classList.toggle("off", off);
      name.classList.toggle("off", off);
    }
    const shown = this.rows.filter(({ detection }) => isShown(detection));
    this.shapes.setAttribute("aria-label", summary(shown.map(({ detection }) => detection)));
    this.element.style.setProperty("--fill", look.opacity);
    for (const layer of ["boxes", "masks", "keypoints"]) {
      this.element.classList.toggle(`without-${layer}`, !look[layer]);
    }
  }

  /** Light one detection and dim the others; null lights them all alike. */
  light(row) {
    this.element.classList.toggle("has-lit", row !== null);
    this.rows.forEach(({ shape, name }, each) => {
      shape.classList.toggle("lit", each === row);
      name.classList.toggle("lit", each === row);
    });
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

/** What a picture shows, for those who do not see it. */
export function summary(detections) {
  if (!detections.length) return "Nothing found";
  const counts = new Map();
  for (const each of detections) {
    counts.set(className(each), (counts.get(className(each)) ?? 0) + 1);
  }
  return `Found: ${[...counts].map(([name, count]) => `${count} ${name}`).join(", ")}`;
}
