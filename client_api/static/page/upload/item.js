// One picture on its way: waiting, sent, looked at, answered or refused.

import { askWithBody, askWithProgress } from "../asking.js";
import { changeLook, look } from "../look.js";
import { noAnswer, Problem } from "../problem.js";
import { checkBytes, checkPixels, checkReadable } from "./checks.js";
import { isShownAsSeen } from "./showable.js";

let count = 0;

/** The size of a picture that this browser can show; null where it cannot. */
function sizeOf(url) {
  return new Promise((resolve) => {
    const picture = new Image();
    // The header is enough: nothing is decoded before it is shown.
    picture.onload = () => resolve({ width: picture.naturalWidth, height: picture.naturalHeight });
    picture.onerror = () => resolve(null);
    picture.src = url;
  });
}

export class Item {
  /**
   * @param {File} file
   * @param {() => void} onChange called whenever something of it changes.
   */
  constructor(file, onChange) {
    count += 1;
    this.id = count;
    this.file = file;
    this.name = file.name || "picture";
    this.onChange = onChange;
    this.url = URL.createObjectURL(file);
    this.size = null;
    // Whether what is shown is what the model saw.
    this.isAsSeen = false;
    this.state = "waiting";
    this.leaving = new AbortController();
    // Another model or label map was chosen while it was on its way.
    this.isStale = false;
    this.share = 0;
    this.answer = null;
    this.problem = null;
    this.labelMap = null;
    // A browser that is slow to read a picture's header must not hold the upload up twice.
    this.sized = sizeOf(this.url).then((size) => {
      this.size = size;
      if (!this.leaving.signal.aborted) this.onChange();
    });
  }

  /** What was found in the picture; null before the answer. */
  get result() {
    if (!this.answer) return null;
    const { image, detections, belief_map } = this.answer;
    return { image, detections, belief_map };
  }

  /** Whether a belief map is to be shown, and the model has one: a model of keypoints does. */
  get wantsBeliefs() {
    return look.beliefs && Boolean(this.answer?.detections.some(({ keypoints }) => keypoints));
  }

  #become(state, more = {}) {
    // What was taken out says nothing any more.
    if (this.leaving.signal.aborted) return;
    Object.assign(this, { state, ...more });
    this.onChange();
  }

  /** Send it, and keep what comes back, answer or problem. */
  async ask(labelMap) {
    this.#become("sending", { share: 0, problem: null, labelMap });
    let found;
    try {
      found = await this.#send(labelMap);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      // What cannot be asked for again would be asked for again and again.
      if (this.wantsBeliefs) changeLook({ beliefs: false });
      this.#become("failed", { problem, answer: null });
      return;
    }
    this.#become("done", found);
  }

  async #send(labelMap) {
    await checkBytes(this.file, labelMap);
    await this.sized;
    if (this.size) checkPixels(this.size);
    const onSent = (share) => this.#become(share < 1 ? "sending" : "looking", { share });
    const parameters = this.wantsBeliefs ? { overlay: "belief" } : {};
    const more = { labelMap, parameters, signal: this.leaving.signal };
    const found = await askWithProgress(this.file, more, onSent).catch(async (problem) => {
      if (problem.status === 0) await checkReadable(this.file, labelMap);
      throw problem;
    });
    if (!this.isAsSeen && !(this.size && (await isShownAsSeen(this.file)))) await this.#showUpright();
    this.isAsSeen = true;
    return found;
  }

  /**
   * Have a picture that this browser shows otherwise (a GIF that moves), or not at all (a TIFF),
   * from the gateway, which answers the upright picture with what scores 1 drawn on it: nothing, in
   * practice.
   */
  async #showUpright() {
    const type = this.file.type.startsWith("image/") ? this.file.type : "image/unknown";
    const body = new Blob([this.file], { type });
    const response = await askWithBody(body, "image/png", { score_threshold: 1, max_detections: 1 });
    const upright = await response.blob().catch(() => {
      throw noAnswer();
    });
    if (this.leaving.signal.aborted) return;
    URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(upright);
    this.size = await sizeOf(this.url);
  }

  /** Let go of the picture, and of its request. */
  close() {
    this.leaving.abort();
    URL.revokeObjectURL(this.url);
  }
}
