// The images that were chosen, asked about two at a time.

import { Item } from "./item.js";

const AT_ONCE = 2;

export class Queue {
  /** @param {(item: Item) => void} onChange told the image that changed. */
  constructor(onChange) {
    this.onChange = onChange;
    this.items = [];
    this.running = 0;
    this.labelMap = null;
  }

  /** Add images; returns theirs. */
  add(files) {
    const added = files.map((file) => {
      const item = new Item(file, () => this.onChange(item));
      return item;
    });
    this.items.push(...added);
    this.#next();
    return added;
  }

  /** Ask about an image again. */
  again(item) {
    if (item.state !== "done" && item.state !== "failed") {
      item.isStale = true;
      return;
    }
    item.state = "waiting";
    this.onChange(item);
    this.#next();
  }

  /** Ask about all of them again: another model, or another label map. */
  allAgain() {
    for (const item of this.items) this.again(item);
  }

  /** Take an image out. */
  remove(item) {
    this.items = this.items.filter((each) => each !== item);
    item.close();
  }

  async #next() {
    const item = this.items.find(({ state }) => state === "waiting");
    if (!item || this.running >= AT_ONCE) return;
    this.running += 1;
    const asked = item.ask(this.labelMap);
    this.#next();
    await asked.finally(() => {
      this.running -= 1;
    });
    if (item.isStale) {
      item.isStale = false;
      this.again(item);
    }
    this.#next();
  }
}
