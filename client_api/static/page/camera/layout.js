// How the camera's part looks: the video with what is found over it, buttons, numbers.

import { make } from "../element.js";
import { isShown } from "../look.js";
import { className } from "../result/colors.js";
import { LookControls } from "../result/controls.js";
import { Overlay } from "../result/overlay.js";
import { Pace } from "./pace.js";

const NUMBERS_EVERY_MS = 250;

export class CameraLayout {
  /** @param {{onStart: Function, onTurn: Function, onSnapshot: Function, onStop: Function}} callbacks told what was pressed. */
  constructor({ onStart, onTurn, onSnapshot, onStop }) {
    this.isMirrored = false;
    this.video = make("video", { playsinline: true, "aria-label": "What the camera sees" });
    this.video.muted = true;
    this.overlay = new Overlay();
    this.words = make("p.camera-words", { role: "status" });
    this.advice = make("div.camera-advice", { hidden: true, role: "alert" });
    this.perSecond = make("b");
    this.latency = make("b");
    this.numbers = make(
      "div.camera-numbers",
      { hidden: true },
      make("span", {}, this.perSecond, " frames/s"),
      make("span", {}, this.latency, " ms behind"),
    );
    this.stage = make("div.stage.camera-stage", {}, this.video, this.overlay.element);
    this.startButton = make("button.button", { type: "button", onclick: onStart }, "Start camera");
    this.others = [
      make("button.button.quiet", { type: "button", onclick: onSnapshot }, "Snapshot"),
      make("button.button.quiet", { type: "button", onclick: onTurn }, "Other camera"),
      make("button.button.quiet", { type: "button", onclick: onStop }, "Stop"),
    ];
    this.controls = new LookControls();
    this.found = make("ul.camera-found", { "aria-label": "Found now" });
    this.shownAtMs = 0;
    /** @type {Pace|null} */
    this.pace = null;
    this.element = make(
      "div.camera",
      {},
      make("div.camera-frame.corners", {}, this.stage, make("div.camera-middle", {}, this.advice, this.words)),
      // Beside the image: over it they would hide a name, or a name them.
      make("div.camera-buttons", {}, this.numbers, this.startButton, this.others),
      make("div.camera-side.card", {}, this.controls.element, this.found),
    );
    this.follow("off");
  }

  /** Say what goes on; in red where it is a problem. */
  say(text, isProblem = false) {
    if (this.words.textContent !== text) this.words.textContent = text;
    this.words.classList.toggle("is-problem", isProblem);
    this.words.hidden = !text;
    this.advice.hidden = true;
  }

  /** Say why there is no camera, and what to do. */
  refuse({ message, advice }) {
    this.say("");
    this.advice.replaceChildren(make("h2", {}, message), make("p", {}, advice));
    this.advice.hidden = false;
  }

  /**
   * Show a stream; resolves once its size is known.
   * @returns {Promise<boolean>} whether it plays: not if it was taken away before its first frame.
   */
  async play(stream) {
    this.video.srcObject = stream;
    this.pace = new Pace(stream.getVideoTracks()[0]);
    if (!(await this.goOn())) return false;
    const { videoWidth: width, videoHeight: height } = this.video;
    this.stage.style.setProperty("--ratio", width / height);
    this.stage.classList.toggle("is-mirrored", this.isMirrored);
    return true;
  }

  /** Let the video run, from its beginning or after a pause; resolves as `play` does. */
  async goOn() {
    try {
      await this.video.play();
    } catch (error) {
      // Paused, stopped or turned round before a frame came.
      if (error.name === "AbortError") return false;
      throw error;
    }
    return true;
  }

  /** Follow what the camera does: "off", "running" or "paused". */
  follow(state) {
    this.element.dataset.state = state;
    const isOn = state !== "off";
    this.startButton.textContent = { off: "Start camera", running: "Pause", paused: "Go on" }[state];
    for (const button of this.others) button.disabled = !isOn;
    // Until there are some.
    this.numbers.hidden = true;
    if (isOn) return;
    this.video.srcObject = null;
    this.overlay.clear();
    this.found.replaceChildren();
  }

  /** Show an answer. */
  show(answer, meter) {
    this.overlay.show(answer, this.isMirrored);
    this.say("");
    const nowMs = performance.now();
    this.pace?.follow(meter.perSecond, nowMs);
    // Numbers that change with every frame cannot be read.
    if (nowMs - this.shownAtMs < NUMBERS_EVERY_MS) return;
    this.shownAtMs = nowMs;
    // Of one answer nobody knows how many a second there are.
    this.numbers.hidden = meter.perSecond === 0;
    this.perSecond.textContent = meter.perSecond.toFixed(1);
    this.latency.textContent = meter.latencyMs.toFixed(0);
    this.controls.offer(answer, { areKept: true });
    this.#list(answer.detections.filter(isShown));
  }

  #list(detections) {
    const rows = detections
      .slice(0, 8)
      .map((each) =>
        make("li", {}, make("bdi", {}, className(each)), " ", make("b", {}, `${Math.round(each.score * 100)}%`)),
      );
    this.found.replaceChildren(...rows);
  }
}
