// A video's frames as small pictures, no larger than the model can use.

const QUALITY = 0.85;
// For models that take any size.
const USUAL_SHORT_SIDE = 480;

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

/** Knows whether a video has shown a frame that nobody has taken yet. */
export class FrameClock {
  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.video = video;
    this.fresh = null;
  }

  /** Resolves once there is a frame that was not there the last time: at once, if it came since. */
  async next() {
    await (this.fresh ?? this.#shown());
    this.fresh = this.#shown();
  }

  #shown() {
    const { video } = this;
    return new Promise((resolve) => {
      if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
      else requestAnimationFrame(resolve);
    });
  }
}
