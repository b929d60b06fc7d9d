// Files to keep: the annotated image, the table, the JSON, COCO results.

import { make } from "../element.js";
import { cocoResults, csvOf, save, shownAnswer, stem } from "./documents.js";
import { paintedImage } from "./painting.js";

export class DownloadBar {
  /** @param {() => (Found|null)[]} allResults the results of all images, for COCO's one list. */
  constructor(allResults) {
    /** @type {[string, string, () => void][]} */
    const files = [
      ["Image", "annotated image", () => this.#image()],
      ["Table", "table as CSV", () => this.#save(csvOf(this.item.result), "text/csv", ".csv")],
      ["JSON", "answer as JSON", () => this.#json()],
      ["COCO", "COCO results of all images", () => this.#coco(allResults())],
    ];
    const buttons = files.map(([text, about, onclick]) =>
      make("button.small", { type: "button", onclick, "aria-label": `Download ${about}` }, text),
    );
    this.imageButton = buttons[0];
    this.element = make(
      "div.downloads",
      { role: "group", "aria-label": "Downloads" },
      make("span.hint", {}, "Download"),
      buttons,
    );
  }

  /** Offer this image's. */
  show(item) {
    this.item = item;
    this.imageButton.disabled = !item.isShown;
  }

  #save(content, type, ending) {
    save(content, type, `${stem(this.item.name)}${ending}`);
  }

  async #image() {
    const image = new Image();
    image.src = this.item.url;
    await image.decode();
    const painted = await paintedImage(image, this.item.result);
    this.#save(painted, "image/jpeg", "-annotated.jpg");
  }

  #json() {
    this.#save(JSON.stringify(shownAnswer(this.item), null, 2), "application/json", ".json");
  }

  #coco(results) {
    save(JSON.stringify(cocoResults(results), null, 1), "application/json", "coco-results.json");
  }
}
