// Images in, results out: wires the ways in, the row of images, and the result below.

import { onChoice } from "../choice.js";
import { config } from "../config.js";
import { announce, byId } from "../element.js";
import { isShown, onLook } from "../look.js";
import { summary } from "../result/overlay.js";
import { Viewer } from "../result/viewer.js";
import { countProblem, labelMapProblem } from "./checks.js";
import { showFieldError } from "./field_errors.js";
import { unfolded } from "./folders.js";
import { Queue } from "./queue.js";
import { Tiles } from "./tiles.js";

const AT_REST_MS = 400;

export class UploadView {
  constructor() {
    this.selected = null;
    this.queue = new Queue((item) => this.#changed(item));
    this.tiles = new Tiles({
      onSelect: (item) => this.select(item),
      onRemove: (item) => this.#remove(item),
    });
    this.viewer = new Viewer({
      onAgain: (item) => this.queue.again(item),
      allResults: () => this.queue.items.map(({ result }) => result),
    });
    byId("results").append(this.tiles.element, this.viewer.element);
    const labelMap = byId("label-map");
    labelMap.addEventListener("change", () => this.#labelMap(labelMap));
    // The same file chosen again, which may say something else by now, is no change to a browser.
    labelMap.addEventListener("cancel", () => {
      if (labelMap.files[0] && labelMap.files[0] !== this.queue.labelMap) this.#labelMap(labelMap);
    });
    this.#labelMap(labelMap);
    byId("label-map-remove").addEventListener("click", () => this.#forgetLabelMap());
    byId("api-key")?.addEventListener("change", () => this.#newKey());
    onChoice(() => this.queue.allAgain());
    onLook(() => {
      this.#show();
      this.#getBeliefs(this.selected);
      this.#tellCount();
    });
  }

  /** Ask about these files, and the images in these folders. */
  async add(parts) {
    if (!parts.length) return;
    const { files, words } = await unfolded(parts);
    const said = [countProblem(files.length), words].filter(Boolean).join("; ");
    showFieldError("image", said, { isNote: files.length > 0 });
    if (!files.length) return;
    const added = this.queue.add(files.slice(0, config.limits.max_images_per_request));
    byId("upload").classList.add("has-images");
    this.select(added[0]);
  }

  /** Show one of them. */
  select(item) {
    this.selected = item;
    this.viewer.show(item);
    this.#show();
    this.tiles.bring(item);
    this.#getBeliefs(item);
  }

  /** A belief map is large, and is asked for when somebody wants to see it. */
  #getBeliefs(item) {
    const isMissing = item?.state === "done" && item.wantsBeliefs && !item.result.belief_map;
    if (isMissing) this.queue.again(item);
  }

  #show() {
    this.tiles.follow(this.queue.items, this.selected);
  }

  #remove(item) {
    const at = this.queue.items.indexOf(item);
    this.queue.remove(item);
    const { items } = this.queue;
    byId("upload").classList.toggle("has-images", items.length > 0);
    if (item === this.selected) this.select(items[Math.min(at, items.length - 1)] ?? null);
    this.#show();
    (this.tiles.element.querySelector("[aria-current=true]") ?? byId("image")).focus();
  }

  #changed(item) {
    this.#show();
    if (item === this.selected) this.viewer.show(item);
    if (item === this.selected) this.#getBeliefs(item);
    this.#tell(item);
    if (item.state === "done") {
      showFieldError("api_key", "");
      if (item.labelMap) showFieldError("label_map", "");
    }
    if (item.state === "failed" && item.problem.field !== "image") {
      showFieldError(item.problem.field, item.problem.message);
    }
  }

  /** Of several images the one that is looked at is told of, and when all have come to an end. */
  #tell(item) {
    const { items } = this.queue;
    const isEnded = ({ state }) => state === "done" || state === "failed";
    if (!isEnded(item)) return;
    const words = [];
    if (item === this.selected && item.state === "done") {
      words.push(`${item.name}. ${summary(item.result.detections.filter(isShown))}`);
    }
    if (items.length > 1 && items.every(isEnded)) {
      const answered = items.filter(({ state }) => state === "done").length;
      words.push(`${answered} of ${items.length} images answered`);
    }
    if (words.length) announce(words.join(". "));
  }

  /** How many are shown now, once whoever moves a slider has come to rest. */
  #tellCount() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const { title } = this.viewer;
      if (this.selected?.state === "done") announce(title.textContent);
    }, AT_REST_MS);
  }

  #labelMap(input) {
    const [file] = input.files;
    const problem = file ? labelMapProblem(file) : "";
    showFieldError("label_map", problem);
    byId("label-map-remove").hidden = !file;
    // What is refused here names nothing, nor does what was chosen before it.
    this.queue.labelMap = problem ? null : (file ?? null);
    this.queue.allAgain();
  }

  #forgetLabelMap() {
    const input = byId("label-map");
    input.value = "";
    this.#labelMap(input);
    input.focus();
  }

  #newKey() {
    showFieldError("api_key", "");
    for (const item of this.queue.items) if (item.problem?.status === 401) this.queue.again(item);
  }
}
