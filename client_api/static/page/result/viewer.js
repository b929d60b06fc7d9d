// One image and all that is known of it.

import { make } from "../element.js";
import { isShown, look, onLook } from "../look.js";
import { LookControls } from "./controls.js";
import { DownloadBar } from "./downloads.js";
import { ImageStage } from "./image_stage.js";
import { MoreViews } from "./more_views.js";
import { DetectionTable } from "./table.js";

const MISSING = "It has to come back from the gateway as the model saw it. What was found in it is here all the same.";

export class Viewer {
  /**
   * @param {{onAgain: (item) => void, allResults: () => (Found|null)[]}} callbacks to ask about a
   *     image again, and for the results of all images.
   */
  constructor({ onAgain, allResults }) {
    this.onAgain = onAgain;
    const light = (row) => this.#light(row);
    this.stage = new ImageStage(light);
    this.table = new DetectionTable(light);
    this.controls = new LookControls();
    this.downloads = new DownloadBar(allResults);
    this.more = new MoreViews();
    this.title = make("h2", { tabindex: "-1" });
    this.source = make("p.hint");
    this.problem = make("div.problem", { role: "alert", hidden: true });
    this.nothing = make("p.nothing", { hidden: true });
    this.found = make(
      "div.viewer-found",
      {},
      this.controls.element,
      this.nothing,
      make("div.table-frame", { tabindex: "0", role: "region", "aria-label": "Table" }, this.table.element),
      this.downloads.element,
    );
    this.element = make(
      "section.viewer",
      { "aria-label": "Result", hidden: true },
      make("header.viewer-head", {}, this.title, this.source),
      make("div.viewer-body", {}, this.stage.element, make("div.viewer-side", {}, this.problem, this.found)),
      this.more.element,
    );
    onLook(() => this.#apply());
  }

  /** Show an image as far as it is; null shows nothing. */
  show(item) {
    this.item = item;
    this.element.hidden = !item;
    if (!item) return;
    this.stage.show(item);
    this.#showProblem(item);
    const { result } = item;
    this.found.hidden = !result;
    this.more.element.hidden = !result;
    this.element.setAttribute("aria-busy", String(["sending", "looking"].includes(item.state)));
    if (result && this.answer !== item.answer) {
      this.controls.offer(result);
      this.table.show(result);
    }
    this.answer = item.answer;
    this.#apply();
  }

  #apply() {
    const { item } = this;
    if (!item) return;
    this.stage.apply();
    this.table.apply();
    this.#showTitle(item);
    if (!item.result) return;
    const count = item.result.detections.filter(isShown).length;
    this.nothing.hidden = count > 0;
    this.nothing.textContent = whyNothing(item.result.detections);
    this.downloads.show(item);
    this.more.show(item);
  }

  #showTitle(item) {
    const words = { waiting: "Waiting", sending: "Sending", looking: "Looking at it", failed: "Refused" };
    const { answer } = item;
    // A name may be long, or run from right to left: what follows stays where and as it is.
    const name = make("bdi", { title: item.name }, item.name);
    const model = answer && make("span.asked", {}, ` · model ${asked(answer)}`);
    this.source.replaceChildren(...[name, model].filter(Boolean));
    if (!item.result || item.state === "failed") {
      this.title.textContent = words[item.state];
      return;
    }
    const count = item.result.detections.filter(isShown).length;
    this.title.textContent = `${count} ${count === 1 ? "object" : "objects"} found`;
  }

  #showProblem(item) {
    const problem = item.problem ?? item.imageProblem;
    this.problem.hidden = !problem;
    // Told once, and its button stays the one that has the focus.
    if (!problem || problem === this.told) return;
    this.told = problem;
    const isOfImage = problem === item.imageProblem;
    const again = make("button.small", { type: "button" }, "Try again");
    again.addEventListener("click", () => {
      // The button goes; whoever pressed it is not left nowhere.
      this.title.focus({ preventScroll: true });
      if (isOfImage) item.getImage();
      else this.onAgain(item);
    });
    const title = isOfImage ? "The image cannot be shown" : problem.title;
    this.problem.replaceChildren(
      make("h3", {}, title || "It did not work"),
      make("p", {}, problem.message),
      isOfImage ? make("p", {}, MISSING) : "",
      problem.requestId ? make("p.hint", {}, `Request ${problem.requestId}`) : "",
      problem.mayPass || isOfImage ? again : "",
    );
  }

  #light(row) {
    this.stage.overlay.light(row);
    this.table.light(row);
  }
}

function whyNothing(detections) {
  if (!detections.length) return "The model found nothing in this image.";
  return detections.some(({ score }) => score >= look.threshold)
    ? "The classes of what was found are switched off."
    : "Nothing scores that much. A lower score shows what was nearly found.";
}

/** The model that answered, and the second one of a pipeline. */
function asked({ model, pipeline }) {
  const both = pipeline ? [model, pipeline.keypoints] : [model];
  return both.map(({ name, version }) => `${name}, version ${version}`).join(", then ");
}
