// What was found as a table; a row lights its box, and the other way round.

import { draw, make } from "../element.js";
import { isShown } from "../look.js";
import { classColor, className, percent } from "./colors.js";
import { areaOf } from "./run_lengths.js";

export class DetectionTable {
  /** @param {(row: number|null) => void} onPoint told the row pointed at or focused. */
  constructor(onPoint) {
    this.onPoint = onPoint;
    this.rows = [];
    this.body = make("tbody");
    this.areaHead = make("th.number.area", { scope: "col", hidden: true }, "Area");
    this.element = make(
      "table.found",
      {},
      make("caption.visually-hidden", {}, "What was found, by falling score"),
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          make("th", { scope: "col" }, "Object"),
          make("th", { scope: "col" }, "Score"),
          make("th.number", { scope: "col" }, "Box, px"),
          this.areaHead,
        ),
      ),
      this.body,
    );
  }

  /** Show what was found in one image. */
  show({ image, detections }) {
    const hasMasks = detections.some(({ mask }) => mask);
    this.areaHead.hidden = !hasMasks;
    this.rows = detections.map((detection, row) => ({
      detection,
      element: this.#row(detection, row, hasMasks ? image : null),
    }));
    this.body.replaceChildren(...this.rows.map(({ element }) => element));
    this.apply();
  }

  #row(detection, row, imageOfMasks) {
    const color = classColor(detection.class_id);
    const { x_min: xMin, y_min: yMin, x_max: xMax, y_max: yMax } = detection.box;
    const size = `${Math.round(xMax - xMin)} × ${Math.round(yMax - yMin)}`;
    const button = make(
      "button.row-name",
      {
        type: "button",
        onfocus: () => this.onPoint(row),
        onblur: () => this.onPoint(null),
      },
      swatch(color),
      make("bdi", { title: className(detection) }, className(detection)),
    );
    const area = imageOfMasks && detection.mask ? share(detection.mask, imageOfMasks) : "";
    return make(
      "tr",
      { onpointerenter: () => this.onPoint(row), onpointerleave: () => this.onPoint(null) },
      make("th", { scope: "row" }, button),
      make("td", {}, bar(detection.score, color), make("span.score", {}, percent(detection.score))),
      make(
        "td.number",
        { title: `from ${xMin}, ${yMin} to ${xMax}, ${yMax}` },
        make("span.size", {}, size),
        make("span.corner", {}, `at ${Math.round(xMin)}, ${Math.round(yMin)}`),
      ),
      imageOfMasks ? make("td.number", {}, area) : null,
    );
  }

  /** Hide what is not shown now. */
  apply() {
    for (const { detection, element } of this.rows) element.hidden = !isShown(detection);
  }

  /** Light one row. */
  light(row) {
    this.rows.forEach(({ element }, each) => {
      element.classList.toggle("lit", each === row);
      if (each === row && !this.element.matches(":hover, :focus-within")) this.#bring(element);
    });
  }

  /** Scroll the table, and nothing around it, to a row; its head stays on top of what is below it. */
  #bring(element) {
    const frame = this.element.parentElement;
    const top = element.offsetTop - this.element.tHead.offsetHeight;
    if (top < frame.scrollTop) frame.scrollTop = top;
    const below = element.offsetTop + element.offsetHeight - frame.scrollTop - frame.clientHeight;
    if (below > 0) frame.scrollTop += below;
  }
}

/** A small square in a class's color. */
export function swatch(color) {
  return draw(
    "svg.swatch",
    { viewBox: "0 0 10 10", "aria-hidden": "true" },
    draw("rect", { width: 10, height: 10, rx: 2, fill: color }),
  );
}

function bar(score, color) {
  return draw(
    "svg.score-bar",
    { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("rect.rail", { width: 100, height: 6 }),
    draw("rect", { width: score * 100, height: 6, fill: color }),
  );
}

function share(mask, { width, height }) {
  return `${((areaOf(mask) / (width * height)) * 100).toFixed(1)}%`;
}
