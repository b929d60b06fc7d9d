// The answer as JSON, the request to repeat, and where the time went: opened by who wants them.

import { copyBlock } from "../copying.js";
import { make } from "../element.js";
import { shownAnswer } from "./documents.js";
import { curlLine, pythonLines } from "./request_lines.js";
import { timingView } from "./timing.js";

/** A part that is filled when it is opened, and again whenever what it shows changes. */
class Part {
  constructor(title, fill) {
    this.fill = fill;
    this.body = make("div.more-body");
    this.element = make("details.more", {}, make("summary", {}, title), this.body);
    this.element.addEventListener("toggle", () => this.#fill());
  }

  show(item) {
    this.item = item;
    this.#fill();
  }

  #fill() {
    if (this.element.open && this.item?.result) this.body.replaceChildren(...this.fill(this.item));
  }
}

export class MoreViews {
  constructor() {
    this.parts = [
      new Part("Timing", ({ answer, spentMs }) => [timingView(answer.timing_ms, spentMs)]),
      new Part("The same request in code", (item) => [
        copyBlock("curl", curlLine(item)),
        copyBlock("Python", pythonLines(item)),
      ]),
      new Part("The answer as JSON", (item) => [copyBlock("JSON", JSON.stringify(shownAnswer(item), null, 2))]),
    ];
    this.element = make(
      "div.more-views",
      {},
      this.parts.map(({ element }) => element),
    );
  }

  /** Show what belongs to this image. */
  show(item) {
    for (const part of this.parts) part.show(item);
  }
}
