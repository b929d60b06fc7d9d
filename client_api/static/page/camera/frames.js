// A video's frames as small pictures, no larger than the model can use.

const QUALITY = 0.85;
// For models that take any size.
const USUAL_SHORT_SIDE = 480;
// Where answers come sooner, making a frame small is a share of the time that counts.
const SOON_MS = 100;

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
    this.context = this.canvas.getContext("2d", { alpha: false });
  }

  /**
   * What the video shows now, as a JPEG.
   * @param {HTMLVideoElement} video
   * @param {{width: number, height: number}|null} input
   * @returns {Blob}
   */
  grab(video, input) {
    const size = sizeToSend({ width: video.videoWidth, height: video.videoHeight }, input);
    Object.assign(this.canvas, size);
    this.context.drawImage(video, 0, 0, size.width, size.height);
    // Not `toBlob`, which Chromium puts off until it has nothing else to do.
    const [, b64] = this.canvas.toDataURL("image/jpeg", QUALITY).split(",");
    const bytes = Uint8Array.from(atob(b64), (each) => each.charCodeAt(0));
    return new Blob([bytes], { type: "image/jpeg" });
  }
}

/** The newest frame of a video, each taken once. */
export class FreshFrames {
  /**
   * @param {HTMLVideoElement} video
   * @param {() => ({width: number, height: number}|null)} inputSize the model's.
   * @param {AbortSignal} signal ends it.
   */
  constructor(video, inputSize, signal) {
    Object.assign(this, { video, inputSize, signal });
    this.grabber = new FrameGrabber();
    this.isNew = false;
    this.isHurried = false;
    // A new frame, made small ahead of time.
    this.ready = null;
    this.tell = () => {};
    this.#listen();
  }

  /**
   * A frame that was not there the last time: at once, if one came since.
   * @param {number} lastMs how long the last answer took.
   * @returns {Promise<{frame: Blob, takenMs: number}>} with the time at which it was taken.
   */
  async next(lastMs) {
    this.isHurried = lastMs < SOON_MS;
    if (!this.isNew) await new Promise((resolve) => (this.tell = resolve));
    const taken = this.ready ?? this.#grab();
    this.isNew = false;
    this.ready = null;
    if (!this.isListening) this.#listen();
    return taken;
  }

  #grab() {
    const takenMs = performance.now();
    return { frame: this.grabber.grab(this.video, this.inputSize()), takenMs };
  }

  #listen() {
    this.isListening = true;
    const shown = () => {
      this.isListening = false;
      if (this.signal.aborted) return;
      this.isNew = this.video.videoWidth > 0;
      // While an answer is waited for there is time to make its successor's question.
      if (this.isNew && this.isHurried) this.ready = this.#grab();
      if (this.isNew) this.tell();
      if (!this.isNew || this.isHurried) this.#listen();
    };
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(shown);
    else requestAnimationFrame(shown);
  }
}
