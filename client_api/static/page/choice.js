// Which model is asked: its newest version, one version, the one with a label; or a pipeline, which
// is a detector and a model that finds the points of what it found.

import { config } from "./config.js";

const listeners = new Set();

function parsed(target) {
  const [name, kind, which] = (target ?? "").split("/");
  // A model's own targets have one part, or three.
  const isPipeline = name === "pipelines" && kind && !which;
  return {
    pipeline: isPipeline ? kind : null,
    name: isPipeline ? null : name || null,
    version: kind === "versions" ? which : null,
    label: kind === "labels" ? which : null,
  };
}

/** @type {Choice} */
export const choice = parsed(config.target);

/**
 * The choice as one word, which `parsed` and the gateway read: "hands", "hands/versions/2",
 * "hands/labels/stable", "pipelines/hands".
 * @param {Choice} target
 * @returns {string}
 */
export function targetOf({ name, version = null, label = null, pipeline = null }) {
  if (pipeline) return `pipelines/${pipeline}`;
  if (version) return `${name}/versions/${version}`;
  return label ? `${name}/labels/${label}` : /** @type {string} */ (name);
}

/** Where the chosen model is asked, relative to the gateway's root. */
export function predictPath() {
  if (choice.pipeline) return "predict";
  const isDefault = !choice.version && !choice.label && choice.name === config.default_model;
  const parts = targetOf(choice).split("/").map(encodeURIComponent);
  return isDefault ? "predict" : `models/${parts.join("/")}/predict`;
}

/**
 * What a request says of the choice beside its path.
 * @returns {Record<string, string>}
 */
export function choiceParameters() {
  return choice.pipeline ? { pipeline: choice.pipeline } : {};
}

/** Choose another; the page's address follows, so that it can be kept. */
export function choose(target) {
  Object.assign(choice, parsed(target));
  const url = new URL(location.href);
  url.searchParams.set("model", target);
  history.replaceState(history.state, "", url);
  for (const listener of listeners) listener();
}

/** Be told when another model is chosen. */
export function onChoice(listener) {
  listeners.add(listener);
}
