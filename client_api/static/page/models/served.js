// What is served: `GET /models`, asked again while something is on its way.

import { config } from "../config.js";
import { noAnswer, notTheGateways, problemOf } from "../problem.js";

/**
 * The models as the gateway knows them now, and its pipelines.
 * @returns {Promise<Served>}
 * @throws {Problem}
 */
export async function served() {
  let response;
  try {
    response = await fetch(config.paths.models, { headers: { Accept: "application/json" } });
  } catch {
    throw noAnswer();
  }
  const text = await response.text();
  if (!response.ok) throw problemOf(response.status, text, response.headers.get("Retry-After"));
  try {
    return JSON.parse(text);
  } catch {
    throw notTheGateways(response.status, "JSON");
  }
}

/**
 * The models alone.
 * @throws {Problem}
 */
export async function servedModels() {
  return (await served()).models;
}

/** Whether a version can be asked. */
export function isReady({ state }) {
  return state === "AVAILABLE";
}

/** Which models of a pipeline cannot be asked now: none where it can be. */
export function unreadyOf({ detector, keypoints }, models) {
  const named = (name) => models.find((each) => each.name === name);
  return [detector, keypoints].filter((name) => !named(name)?.versions.some(isReady));
}

/**
 * The version that a choice means: the named one, the labelled one, or the one that is asked.
 * @param {Model} model
 * @param {Choice} choice
 * @returns {Version|null}
 */
export function versionOf(model, { version, label } = {}) {
  const wanted = version ?? (label ? model.version_labels?.[label] : model.version);
  return model.versions.find((each) => each.version === wanted) ?? model.versions[0] ?? null;
}

/**
 * The lowest score of what the chosen model answers where none is asked for; of a pipeline, that of
 * the model that is asked first. Null where it is not known.
 * @param {Choice} choice
 * @param {Served} served
 */
export function scoreThresholdOf(choice, { models, pipelines }) {
  const pair = pipelines?.find(({ name }) => name === choice.pipeline);
  const name = pair ? pair.detector : choice.name;
  const model = models.find((each) => each.name === name);
  return (model && versionOf(model, pair ? {} : choice)?.score_threshold?.value) ?? null;
}

/**
 * The size in which a version sees an image: that of its signature, or, where it takes any and
 * scales them itself, that of its card.
 * @returns {{width: number, height: number}|null}
 */
export function inputSizeOf(version) {
  if (version?.input_size) return version.input_size;
  const [height, width] = version?.card?.model?.input_size_hw ?? [];
  return width && height ? { width, height } : null;
}

/**
 * The size in which the chosen model sees images; null where that is not known, and of a
 * pipeline, which looks at parts of the image once more.
 * @param {Choice} choice
 */
export async function inputSizeOfChoice(choice) {
  const { models } = await served().catch(() => ({ models: [] }));
  const model = models.find(({ name }) => name === choice.name);
  return model ? inputSizeOf(versionOf(model, choice)) : null;
}

/** Whether anything is still coming, so that asking again is worth it. */
export function isChanging(models) {
  return (
    !models.length ||
    models.some(({ versions }) => !versions.length || versions.some((each) => !isReady(each) && !each.error))
  );
}
