// What is served, looked at again while something is on its way.

import { choice, onChoice } from "../choice.js";
import { byId, make } from "../element.js";
import { modelCard } from "./model_card.js";
import { pipelineCard } from "./pipeline_card.js";
import { isChanging, served, versionOf } from "./served.js";

const AGAIN_MS = 2000;

/** @type {number|undefined|null} */
let timer = null;
let shown = "";

/** @param {Served} served */
function show({ models, pipelines = [], not_served: notServed = [] }) {
  // What did not change stays, with its focus.
  const now = JSON.stringify([models, pipelines, notServed, choice]);
  if (now === shown) return;
  const open = new Set([...byId("models-place").querySelectorAll("details[open]")].map(({ id }) => id));
  const focused = document.activeElement?.id;
  shown = now;
  const place = byId("models-place");
  if (!models.length) {
    place.replaceChildren(
      make("p.nothing", {}, "No model is served yet. The page shows it as soon as one is."),
      ...notServedCard(notServed),
    );
    return;
  }
  place.replaceChildren(
    ...models.map((model) => modelCard(model, chosenOf(model))),
    ...pipelines.map((pipeline) => pipelineCard(pipeline, models)),
    ...notServedCard(notServed),
  );
  for (const details of place.querySelectorAll("details")) details.open = open.has(details.id);
  if (focused && place.contains(byId(focused))) byId(focused).focus();
}

// Folders beside the models that are none, with what to do about each.
function notServedCard(folders) {
  if (!folders.length) return [];
  const lines = folders.map(({ folder, problem, remedy }) =>
    make("p.field-error", {}, `${folder}: ${problem}; ${remedy}`),
  );
  return [make("section.card", { "aria-label": "Not served" }, make("h2", {}, "Not served"), lines)];
}

function chosenOf(model) {
  return model.name === choice.name ? versionOf(model, choice) : null;
}

function showProblem(problem) {
  // Told once, and not at every try.
  if (shown === problem.message) return;
  shown = problem.message;
  byId("models-place").replaceChildren(
    make("div.problem", { role: "alert" }, make("h2", {}, problem.title), make("p", {}, problem.message)),
  );
}

async function follow() {
  /** @type {Model[]|null} */
  let models = null;
  try {
    const found = await served();
    models = found.models;
    show(found);
  } catch (problem) {
    showProblem(problem);
  }
  if (timer !== null && (!models || isChanging(models))) timer = setTimeout(follow, AGAIN_MS);
}

/** Begin to show; called whenever this part is looked at. */
export function start() {
  timer = 0;
  follow();
}

/** Stop asking. */
export function stop() {
  clearTimeout(timer ?? undefined);
  timer = null;
}

onChoice(() => {
  if (timer !== null) follow();
});
