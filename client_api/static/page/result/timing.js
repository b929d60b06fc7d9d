// Where the time went, by stage: the gateway's own stages, and what the way there and back took.

import { make } from "../element.js";

const NAMES = { way: "Way there and back", read: "Read", predict: "Predict", render: "Draw", other: "Other" };

/**
 * @param {{read: number, predict: number, render: number, total: number}} timing in milliseconds.
 * @param {number} spentMs from sending to the answer, as the browser saw it.
 */
export function stagesOf(timing, spentMs) {
  const { total, ...inner } = timing;
  const known = Object.values(inner).reduce((sum, each) => sum + each, 0);
  return {
    way: Math.max(spentMs - total, 0),
    ...inner,
    other: Math.max(total - known, 0),
  };
}

/** A bar with a part for each stage, and the numbers below it. */
export function timingView(timing, spentMs) {
  const stages = Object.entries(stagesOf(timing, spentMs)).filter(([, ms]) => ms >= 0.005);
  const bar = make("div.stages", { "aria-hidden": "true" });
  const list = make("dl.stage-list");
  for (const [stage, ms] of stages) {
    const part = make(`span.took.took-${stage}`);
    part.style.flexGrow = ms;
    bar.append(part);
    list.append(
      make(
        "div",
        {},
        make("dt", {}, make(`span.dot.took-${stage}`, { "aria-hidden": "true" }), NAMES[stage] ?? stage),
        make("dd", {}, `${ms.toFixed(1)} ms`),
      ),
    );
  }
  return make("div.timing", {}, bar, list);
}
