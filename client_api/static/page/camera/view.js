// The camera's part of the page: live boxes over the video.

import { choice, onChoice } from "../choice.js";
import { announce, byId, make } from "../element.js";
import { isShown, onLook } from "../look.js";
import { inputSizeOfChoice } from "../models/served.js";
import { save } from "../result/documents.js";
import { paintedImage } from "../result/painting.js";
import { showFieldError } from "../upload/field_errors.js";
import { CameraLayout } from "./layout.js";
import { CameraLoop } from "./loop.js";
import { Meter } from "./meter.js";
import { scaledTo } from "./scaling.js";
import { closeCamera, looksAtUser, NoCamera, openCamera, otherCamera, whyNoCamera } from "./stream.js";

class CameraView {
  constructor() {
    this.which = /** @type {MediaTrackConstraints} */ ({ facingMode: "user" });
    // The last one that could be opened.
    this.opened = this.which;
    this.stream = null;
    this.isOpening = false;
    // Counts what was asked of the camera: an opening that was overtaken does nothing.
    this.turn = 0;
    this.inputSize = null;
    this.answer = null;
    // The answer that waits for the screen.
    this.drawing = null;
    this.snapshots = 0;
    this.layout = new CameraLayout({
      onStart: () => (this.stream ? this.#togglePause() : this.#open()),
      onTurn: () => this.#turn(),
      onSnapshot: () => this.#snapshot(),
      onStop: () => {
        this.close("The camera is off.");
        // The button that was pressed takes no focus any more.
        this.layout.startButton.focus();
      },
    });
    byId("camera-place").append(this.layout.element);
    this.loop = new CameraLoop(this.layout.video, {
      onAnswer: (answer, ms) => this.#show(answer, ms),
      onProblem: (problem) => this.#showProblem(problem),
      inputSize: () => this.inputSize,
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.close("The camera stopped while this tab was hidden.");
    });
    onLook(() => this.layout.overlay.apply());
    onChoice(() => this.#learnInputSize());
    const reason = whyNoCamera();
    if (reason) this.layout.refuse(reason);
  }

  async #open() {
    const turn = ++this.turn;
    this.isOpening = true;
    this.layout.say("Waiting for the camera…");
    let stream;
    try {
      stream = await openCamera(this.which);
    } catch (error) {
      if (turn === this.turn) this.#refuse(error);
      return;
    }
    if (turn !== this.turn || document.hidden) {
      closeCamera(stream);
      return;
    }
    Object.assign(this, { stream, opened: this.which, isOpening: false });
    stream.getVideoTracks()[0].addEventListener("ended", () => this.close("The camera was taken away."));
    this.layout.isMirrored = looksAtUser(stream);
    if (!(await this.#plays(() => this.layout.play(stream)))) return;
    await this.#learnInputSize();
    if (turn === this.turn) this.#resume();
  }

  /** Whether the video runs; where it cannot, the camera goes off. */
  async #plays(play) {
    return play().catch((error) => this.#refuse(new NoCamera("The camera does not start", error.message)));
  }

  #refuse(reason) {
    this.close("");
    this.which = this.opened;
    this.layout.refuse(reason);
  }

  #resume() {
    this.meter = new Meter();
    this.layout.say("");
    this.layout.follow("running");
    this.loop.start();
    announce("The camera runs");
  }

  #togglePause() {
    if (this.loop.isRunning) {
      this.#endLoop();
      this.layout.video.pause();
      this.layout.follow("paused");
      announce("Paused");
    } else {
      this.#plays(() => this.layout.goOn());
      this.#resume();
    }
  }

  async #turn() {
    const { turn } = this;
    const which = await otherCamera(this.stream);
    if (turn !== this.turn) return;
    this.which = which;
    // Phones open one camera at a time.
    this.#endLoop();
    closeCamera(this.stream);
    await this.#open();
  }

  /** Shown when the screen is drawn next: the question after it goes out before. */
  #show(answer, ms) {
    this.answer = answer;
    this.meter?.note(ms);
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      if (this.answer) this.layout.show(this.answer, this.meter);
    });
  }

  #endLoop() {
    this.loop.stop();
    this.#leaveUndrawn();
  }

  /** An answer that still waits for the screen would clear what is said after it. */
  #leaveUndrawn() {
    cancelAnimationFrame(this.drawing);
    this.drawing = null;
  }

  /** What does not pass by itself pauses the camera, as the loop has ended. */
  #showProblem(problem) {
    this.#leaveUndrawn();
    if (!problem.mayPass) {
      this.layout.video.pause();
      this.layout.follow("paused");
    }
    if (problem.field !== "api_key") {
      this.layout.say(problem.message, true);
      return;
    }
    showFieldError("api_key", problem.message);
    const link = make("a", { href: "#upload" }, "Enter it beside the uploads");
    this.layout.refuse({ message: problem.message, advice: [link, ", and start the camera again."] });
  }

  async #snapshot() {
    if (!this.answer) return;
    const { video } = this.layout;
    const size = { width: video.videoWidth, height: video.videoHeight };
    const painted = await paintedImage(video, scaledTo(this.answer, size));
    this.snapshots += 1;
    save(painted, "image/jpeg", `snapshot-${this.snapshots}.jpg`);
    const count = this.answer.detections.filter(isShown).length;
    announce(`Snapshot saved, with ${count} found`);
  }

  /** Learn in which size the chosen model takes images; without it frames go in a usual one. */
  async #learnInputSize() {
    this.inputSize = null;
    this.layout.controls.forget();
    this.inputSize = await inputSizeOfChoice(choice);
  }

  /** Switch the camera off and say why. */
  close(why) {
    this.turn += 1;
    const wasOn = this.stream !== null || this.isOpening;
    this.isOpening = false;
    this.#endLoop();
    closeCamera(this.stream);
    this.stream = null;
    this.answer = null;
    this.layout.follow("off");
    if (wasOn) this.layout.say(why);
  }
}

let view = /** @type {CameraView|null} */ (null);

/** Show the camera's part; the camera itself starts when it is told to. */
export function start() {
  view ??= new CameraView();
}

/** Another part is looked at: the camera goes off. */
export function stop() {
  view?.close("The camera is off.");
}
