// A video's frames as small images, no larger than the model can use.

const QUALITY = 0.85;
// For models that take any size.
const USUAL_SHORT_SIDE = 480;
// How long before it is due a frame is made small: that takes a while itself.
const AHEAD_MS = 20;
// A frame that waited longer is left for a newer one.
const OLD_MS = 100;

/**
 * The size in which a frame is sent: it just covers what the model takes, and is never enlarged.
 *
 * A frame that is scaled to less on either side would lose what the model can still see.
 * @param {{width: number, height: number}} frame
 * @param {{width: number, height: number}|null} input the model's; null for any size.
 */
export function sizeToSend(frame, input) {
  const scale = input
    ? Math.max(input.width / frame.width, input.height / frame.height)
    : USUAL_SHORT_SIDE / Math.min(frame.width, frame.height);
  const shrunk = Math.min(scale, 1);
  return {
    width: Math.max(Math.round(frame.width * shrunk), 1),
    height: Math.max(Math.round(frame.height * shrunk), 1),
  };
}

export class FrameGrabber {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
  }

  /**
   * What the video shows now, as a JPEG.
   * @param {HTMLVideoElement} video
   * @param {{width: number, height: number}|null} input
   * @returns {Blob}
   */
  grab(video, input) {
    const size = sizeToSend({ width: video.videoWidth, height: video.videoHeight }, input);
    // Setting a canvas's size clears it, the same one too.
    if (this.canvas.width !== size.width || this.canvas.height !== size.height) Object.assign(this.canvas, size);
    this.context.drawImage(video, 0, 0, size.width, size.height);
    // Not `toBlob`, which Chromium puts off until it has nothing else to do.
    const url = this.canvas.toDataURL("image/jpeg", QUALITY);
    return new Blob([bytesOf(url.slice(url.indexOf(",") + 1))], { type: "image/jpeg" });
  }
}

function bytesOf(b64) {
  // Several times as fast, where browsers have it.
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(b64);
  return Uint8Array.from(atob(b64), (each) => each.charCodeAt(0));
}

/**
 * New frames of a video, each taken once.
 *
 * While an answer is waited for there is time to make its successor's question: shortly before the
 * answer is due, so that the frame is still new when it goes out.
 */
export class FreshFrames {
  /**
   * @param {HTMLVideoElement} video
   * @param {() => ({width: number, height: number}|null)} inputSize the model's.
   * @param {AbortSignal} signal ends it.
   */
  constructor(video, inputSize, signal) {
    this.video = video;
    this.inputSize = inputSize;
    this.signal = signal;
    this.grabber = new FrameGrabber();
    /** @type {ReturnType<FreshFrames["next"]>|null} */
    this.coming = null;
    this.#awaitNext();
    // The first one may have been there before.
    this.isNew = video.videoWidth > 0;
    /** @type {(value?: any) => void} */
    this.hurry = () => {};
  }

  /**
   * A frame that was not there the last time: at once, if one came since.
   * @returns {Promise<{frame: Blob, takenMs: number}|null>} with the time at which it was taken;
   *     null after the signal.
   */
  async next() {
    this.hurry();
    const coming = this.coming ?? this.#take();
    this.coming = null;
    const taken = await coming;
    const isOld = taken && performance.now() - taken.takenMs > OLD_MS;
    return isOld && this.isNew ? this.#take() : taken;
  }

  /**
   * Have the frame ready that `next` is going to give.
   * @param {number} dueMs in how many milliseconds it may be asked for; it may be sooner.
   */
  prepare(dueMs) {
    const untilThen = new Promise((resolve) => {
      this.hurry = resolve;
      setTimeout(resolve, dueMs - AHEAD_MS);
    });
    this.coming = untilThen.then(() => this.#take());
  }

  async #take() {
    if (!this.isNew) await this.shown;
    if (this.signal.aborted) return null;
    const takenMs = performance.now();
    this.#awaitNext();
    return { frame: this.grabber.grab(this.video, this.inputSize()), takenMs };
  }

  /** Notice the next frame that is shown. */
  #awaitNext() {
    this.isNew = false;
    /** @type {Promise<void>} */
    this.shown = new Promise((resolve) => {
      const notice = () => {
        this.isNew = true;
        resolve();
      };
      if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(notice);
      else requestAnimationFrame(notice);
    });
  }
}
