// The images as a row of small ones, each with how far it is.

import { make } from "../element.js";
import { isShown } from "../look.js";

const WORDS = { waiting: "Waiting", sending: "Sending", looking: "Looking", failed: "Refused" };

class Tile {
  constructor(item, { onSelect, onRemove }) {
    this.item = item;
    this.image = make("img", { src: item.url, alt: "", width: 58, height: 43 });
    this.bar = make("progress", { max: 1, value: 0, "aria-label": `Progress of ${item.name}` });
    this.state = make("span.tile-state");
    this.button = make(
      "button.tile",
      { type: "button", onclick: () => onSelect(item) },
      make("span.tile-image", {}, this.image),
      make("bdi.tile-name", { title: item.name }, item.name),
      this.state,
    );
    const remove = make("button.tile-remove", { type: "button", onclick: () => onRemove(item) }, "×");
    remove.setAttribute("aria-label", `Remove ${item.name}`);
    this.element = make("li.tile-frame", {}, this.button, this.bar, remove);
  }

  follow(isSelected) {
    const { item } = this;
    this.button.setAttribute("aria-current", String(isSelected));
    this.element.dataset.state = item.state;
    if (item.state === "looking") this.bar.removeAttribute("value");
    else this.bar.value = item.state === "done" ? 1 : item.share;
    const found = item.state === "done" && item.result.detections.filter(isShown).length;
    this.state.textContent = item.state === "done" ? `${found} found` : WORDS[item.state];
    if (this.image.src !== item.url) this.image.src = item.url;
    // What this browser cannot show would be a broken image.
    this.image.hidden = !item.size;
  }
}

export class Tiles {
  /** @param {{onSelect: Function, onRemove: Function}} callbacks told the image that was pressed. */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.tiles = new Map();
    this.element = make("ul.tiles", { "aria-label": "Images" });
  }

  /** Bring an image into sight in the row, and move nothing around it. */
  bring(item) {
    const frame = this.tiles.get(item)?.element;
    if (!frame) return;
    const { element: row } = this;
    const left = frame.offsetLeft - row.offsetLeft;
    const right = left + frame.offsetWidth - row.clientWidth;
    if (left < row.scrollLeft) row.scrollLeft = left;
    else if (right > row.scrollLeft) row.scrollLeft = right;
  }

  /** Show these images, one of them as the selected one. */
  follow(items, selected) {
    for (const [item, tile] of this.tiles) {
      if (items.includes(item)) continue;
      tile.element.remove();
      this.tiles.delete(item);
    }
    for (const item of items) {
      if (!this.tiles.has(item)) {
        this.tiles.set(item, new Tile(item, this.callbacks));
        this.element.append(this.tiles.get(item).element);
      }
      this.tiles.get(item).follow(item === selected);
    }
  }
}
