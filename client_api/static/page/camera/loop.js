// One frame after the other: the next one goes out when the last one's answer is there, so that a
// slow model never has a queue of old frames before it.

import { predictBody } from "../predict_request.js";
import { FreshFrames } from "./frames.js";

const SHORTEST_WAIT_MS = 1000;

export class CameraLoop {
  /**
   * @param {HTMLVideoElement} video
   * @param {{onAnswer: Function, onProblem: Function, inputSize: () => (Size|null)}} callbacks told the
   *     answer and its milliseconds; told a problem; asked for the model's input size.
   */
  constructor(video, callbacks) {
    this.video = video;
    this.callbacks = callbacks;
    this.run = null;
  }

  /** Begin; what ran before ends. */
  start() {
    this.stop();
    this.run = new AbortController();
    this.#ask(this.run.signal);
  }

  /** End; an answer that is still on its way is not shown. */
  stop() {
    this.run?.abort();
    this.run = null;
  }

  get isRunning() {
    return this.run !== null;
  }

  async #ask(signal) {
    const frames = new FreshFrames(this.video, this.callbacks.inputSize, signal);
    let spentMs = 0;
    while (!signal.aborted) {
      const taken = await frames.next();
      if (signal.aborted || !taken) return;
      const startedMs = performance.now();
      try {
        const asked = predictBody(taken.frame, "application/json", {}, signal);
        frames.prepare(spentMs);
        const answer = await (await asked).json();
        if (signal.aborted) return;
        const nowMs = performance.now();
        spentMs = nowMs - startedMs;
        // What is shown is as old as its frame.
        this.callbacks.onAnswer(answer, nowMs - taken.takenMs);
      } catch (problem) {
        if (signal.aborted) return;
        this.callbacks.onProblem(problem);
        if (!problem.mayPass) {
          this.stop();
          return;
        }
        const waitMs = Math.max((problem.retryAfterS ?? 0) * 1000, SHORTEST_WAIT_MS);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }
}
