// One image on its way: waiting, sent, looked at, answered or refused.

import { changeLook, look } from "../look.js";
import { predictBody, predictWithProgress } from "../predict_request.js";
import { noAnswer, Problem } from "../problem.js";
import { checkBytes, checkPixels, checkReadable } from "./checks.js";
import { isShownAsSeen } from "./showable.js";

let count = 0;

/** The size of an image that this browser can show; null where it cannot. */
function sizeOf(url) {
  return new Promise((resolve) => {
    const image = new Image();
    // The header is enough: nothing is decoded before it is shown.
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => resolve(null);
    image.src = url;
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
    this.name = file.name || "image";
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
    // Why the image cannot be shown, though what was found in it is known.
    this.imageProblem = null;
    this.labelMap = null;
    // A browser that is slow to read an image's header must not hold the upload up twice.
    this.sized = sizeOf(this.url).then((size) => {
      this.size = size;
      if (!this.leaving.signal.aborted) this.onChange();
    });
  }

  /** What was found in the image; null before the answer. */
  get result() {
    if (!this.answer) return null;
    const { image, detections, belief_map } = this.answer;
    return { image, detections, belief_map };
  }

  /** Whether there is an image to show: below boxes the one that the model saw, or none. */
  get isShown() {
    return Boolean(this.size) && (this.isAsSeen || !this.answer);
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
    this.#become("sending", { share: 0, problem: null, imageProblem: null, labelMap });
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
    const asked = predictWithProgress(this.file, more, onSent);
    const found = await asked.catch((problem) => this.#fail(problem, labelMap));
    if (!this.isAsSeen) await this.#showAsSeen();
    return found;
  }

  /** Of a file that is gone browsers say that no answer came, or throw what is no problem of ours. */
  async #fail(problem, labelMap = null) {
    if (!problem.status) await checkReadable(this.file, labelMap);
    throw problem;
  }

  /** Show what the model saw; where that does not come, what was found stands all the same. */
  async #showAsSeen() {
    try {
      const isSo = this.size && (await isShownAsSeen(this.file));
      if (!isSo) await this.#getUpright();
      this.isAsSeen = true;
    } catch (problem) {
      await this.#fail(problem).catch((each) => {
        if (!(each instanceof Problem)) throw each;
        this.imageProblem = each;
      });
    }
  }

  /** Ask for the image again, and for nothing else. */
  async getImage() {
    this.#become(this.state, { imageProblem: null });
    await this.#showAsSeen();
    this.#become(this.state);
  }

  /**
   * Have an image that this browser shows otherwise (a GIF that moves), or not at all (a TIFF),
   * from the gateway, which answers the upright image with what scores 1 drawn on it: nothing, in
   * practice.
   */
  async #getUpright() {
    const type = this.file.type.startsWith("image/") ? this.file.type : "image/unknown";
    const body = new Blob([this.file], { type });
    const response = await predictBody(body, "image/png", { score_threshold: 1, max_detections: 1 });
    const upright = await response.blob().catch(() => {
      throw noAnswer();
    });
    if (this.leaving.signal.aborted) return;
    URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(upright);
    this.size = await sizeOf(this.url);
  }

  /** Let go of the image, and of its request. */
  close() {
    this.leaving.abort();
    URL.revokeObjectURL(this.url);
  }
}
