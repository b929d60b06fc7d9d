// How fast the camera's loop is: answers a second, and how long one takes.

const WINDOW_MS = 2000;

export class Meter {
  constructor() {
    this.answers = [];
  }

  /** Note an answer that came now and took so long. */
  note(latencyMs, nowMs = performance.now()) {
    this.answers.push({ latencyMs, nowMs });
    // Of a model that takes longer there are two all the same: one alone has no rate.
    const lastTwo = this.answers.slice(-2);
    this.answers = this.answers.filter((each) => nowMs - each.nowMs <= WINDOW_MS || lastTwo.includes(each));
  }

  /** Answers a second, over the last two seconds or the last two answers; 0 before the second one. */
  get perSecond() {
    if (this.answers.length < 2) return 0;
    const spent = this.answers.at(-1).nowMs - this.answers[0].nowMs;
    return spent > 0 ? ((this.answers.length - 1) * 1000) / spent : 0;
  }

  /** The middle one of the last answers' times, in milliseconds. */
  get latencyMs() {
    const sorted = this.answers.map(({ latencyMs }) => latencyMs).sort((one, other) => one - other);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }
}
