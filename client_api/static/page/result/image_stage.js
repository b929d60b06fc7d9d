// The image, with what was found laid over it, as large as one likes.

import { make } from "../element.js";
import { look } from "../look.js";
import { drawBeliefs } from "./beliefs.js";
import { Overlay } from "./overlay.js";

const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8];

export class ImageStage {
  /** @param {(row: number|null) => void} onPoint told the detection pointed at. */
  constructor(onPoint) {
    this.image = make("img", { alt: "" });
    this.beliefs = make("canvas.beliefs", { "aria-hidden": "true", hidden: true });
    this.overlay = new Overlay(onPoint);
    this.stage = make("div.stage", {}, this.image, this.beliefs, this.overlay.element);
    this.frame = make("div.stage-frame", { tabindex: "0", role: "region" }, this.stage);
    this.zoomed = make("span.zoom");
    this.smaller = this.#button("−", "Smaller", -1);
    this.larger = this.#button("+", "Larger", 1);
    this.element = make(
      "div.viewer-image",
      {},
      this.frame,
      make("div.zoom-bar", {}, this.smaller, this.zoomed, this.larger),
    );
    this.#zoomTo(0);
  }

  #button(text, label, step) {
    const button = make("button.small", { type: "button", "aria-label": label }, text);
    button.addEventListener("click", () => this.#zoomTo(this.level + step));
    return button;
  }

  #zoomTo(level) {
    this.level = Math.min(Math.max(level, 0), ZOOMS.length - 1);
    const { frame } = this;
    // What is in the middle stays there.
    const x = (frame.scrollLeft + frame.clientWidth / 2) / frame.scrollWidth;
    const y = (frame.scrollTop + frame.clientHeight / 2) / frame.scrollHeight;
    this.stage.style.setProperty("--zoom", ZOOMS[this.level]);
    frame.scrollTo(x * frame.scrollWidth - frame.clientWidth / 2, y * frame.scrollHeight - frame.clientHeight / 2);
    this.zoomed.textContent = `${ZOOMS[this.level] * 100}%`;
    const focused = document.activeElement;
    this.smaller.disabled = this.level === 0;
    this.larger.disabled = this.level === ZOOMS.length - 1;
    // At either end the keyboard goes on with the other button.
    if (focused === this.smaller && this.smaller.disabled) this.larger.focus();
    if (focused === this.larger && this.larger.disabled) this.smaller.focus();
  }

  /** Show an image that was chosen, before or after its answer. */
  show(item) {
    if (this.item !== item) this.#zoomTo(0);
    this.item = item;
    if (this.image.src !== item.url) this.image.src = item.url;
    this.frame.setAttribute("aria-label", `Image ${item.name}`);
    const size = item.result?.image ?? item.size;
    this.image.hidden = !item.isShown;
    // Its place is kept from the start, so that nothing moves when the answer comes.
    if (size) this.stage.style.setProperty("--ratio", size.width / size.height);
    if (!item.result) this.overlay.clear();
    else if (this.answer !== item.answer) this.overlay.show(item.result);
    this.answer = item.answer;
    this.#showBeliefs(item.result?.belief_map);
  }

  #showBeliefs(map) {
    if (map && this.map !== map) drawBeliefs(this.beliefs, map);
    this.map = map;
    this.beliefs.hidden = !map || !look.beliefs;
    this.image.classList.toggle("is-dark", !this.beliefs.hidden);
  }

  /** Follow what is to be shown. */
  apply() {
    this.overlay.apply();
    this.#showBeliefs(this.item?.result?.belief_map);
  }
}
