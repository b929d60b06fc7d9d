// A pipeline: a detector, and a model that finds the points of what it found, asked as one.

import { choice, choose, targetOf } from "../choice.js";
import { make } from "../element.js";
import { unreadyOf } from "./served.js";

/**
 * @param {Pipeline} pipeline of `GET /models`.
 * @param {Model[]} models that are served, with their states.
 */
export function pipelineCard({ name, detector, keypoints }, models) {
  const unready = unreadyOf({ detector, keypoints }, models);
  const isChosen = choice.pipeline === name;
  const use = make(
    "button.small",
    {
      type: "button",
      id: `use-pipeline-${name}`,
      disabled: unready.length > 0,
      "aria-disabled": isChosen && "true",
      "aria-label": `Use pipeline ${name}`,
      onclick: () => {
        if (!isChosen) choose(targetOf({ pipeline: name }));
      },
    },
    isChosen ? "In use" : "Use",
  );
  return make(
    "section.card.model",
    { "aria-label": `Pipeline ${name}` },
    make("header.version-head", {}, make("h2", {}, name), make("span.badge", {}, "Pipeline"), use),
    make("p", {}, `${detector} finds hands, then ${keypoints} finds the points of each.`),
    unready.length
      ? make(
          "p.waiting",
          {},
          make("span.spinner", { "aria-hidden": "true" }),
          `Waiting: model ${unready.join(" and model ")}`,
        )
      : null,
  );
}
