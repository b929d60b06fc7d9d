// How many frames a second the video shows.
//
// A slow model looks at few of them. The others cost what the model needs where it runs on the same
// machine, so that fewer shown are more looked at.

// Still seen as moving.
const SPARING_PER_S = 20;
// Answers a second; between the two the video stays as it is.
const SLOW_PER_S = 10;
const QUICK_PER_S = 14;
// Cameras may take a moment to change.
const LASTS_MS = 2000;

export class Pace {
  /** @param {MediaStreamTrack} track of the camera. */
  constructor(track) {
    this.track = track;
    this.isSparing = false;
    this.otherwiseSinceMs = null;
  }

  /**
   * Show fewer frames while the model is slow, and all that the camera gives otherwise.
   * @param {number} perSecond answers a second; 0 as long as nobody knows.
   * @param {number} nowMs of `performance.now`.
   */
  follow(perSecond, nowMs) {
    const isOtherwise = this.isSparing ? perSecond > QUICK_PER_S : perSecond > 0 && perSecond < SLOW_PER_S;
    if (!isOtherwise) {
      this.otherwiseSinceMs = null;
      return;
    }
    this.otherwiseSinceMs ??= nowMs;
    if (nowMs - this.otherwiseSinceMs < LASTS_MS) return;
    this.otherwiseSinceMs = null;
    this.isSparing = !this.isSparing;
    this.#apply();
  }

  #apply() {
    const { frameRate, ...others } = this.track.getConstraints();
    const constraints = this.isSparing ? { ...others, frameRate: { ideal: SPARING_PER_S } } : others;
    // A camera that cannot shows what it showed.
    this.track.applyConstraints(constraints).catch(() => {});
  }
}
