// Files to keep: the annotated picture, the table, the JSON, COCO results.

import { make } from "../element.js";
import { cocoResults, csvOf, save, shownAnswer, stem } from "./documents.js";
import { paintedPicture } from "./painting.js";

export class DownloadBar {
  /** @param {() => object[]} allResults the results of all pictures, for COCO's one list. */
  constructor(allResults) {
    const files = [
      ["Picture", "annotated picture", () => this.#picture()],
      ["Table", "table as CSV", () => this.#save(csvOf(this.item.result), "text/csv", ".csv")],
      ["JSON", "answer as JSON", () => this.#json()],
      ["COCO", "COCO results of all pictures", () => this.#coco(allResults())],
    ];
    const buttons = files.map(([text, about, onclick]) =>
      make("button.small", { type: "button", onclick, "aria-label": `Download ${about}` }, text),
    );
    [this.picture] = buttons;
    this.element = make(
      "div.downloads",
      { role: "group", "aria-label": "Downloads" },
      make("span.hint", {}, "Download"),
      buttons,
    );
  }

  /** Offer this picture's. */
  show(item) {
    this.item = item;
    this.picture.disabled = !item.isShown;
  }

  #save(content, type, ending) {
    save(content, type, `${stem(this.item.name)}${ending}`);
  }

  async #picture() {
    const picture = new Image();
    picture.src = this.item.url;
    await picture.decode();
    const painted = await paintedPicture(picture, this.item.result);
    this.#save(painted, "image/jpeg", "-annotated.jpg");
  }

  #json() {
    this.#save(JSON.stringify(shownAnswer(this.item), null, 2), "application/json", ".json");
  }

  #coco(results) {
    save(JSON.stringify(cocoResults(results), null, 1), "application/json", "coco-results.json");
  }
}
