// The list from which the model is chosen; the page comes with what the folder holds, and the
// gateway says more.

import { choice, choose, onChoice, targetOf } from "./choice.js";
import { byId, make } from "./element.js";
import { beginWithThreshold } from "./look.js";
import { isChanging, isReady, scoreThresholdOf, served, servedModels, unreadyOf, versionOf } from "./models/served.js";

const AGAIN_MS = 3000;

function option(target, text, isUsable) {
  const isSelected = target === targetOf(choice);
  return make("option", { value: target, disabled: !isUsable, selected: isSelected }, text);
}

function optionsOf(model) {
  const { name } = model;
  const isUsable = model.versions.some(isReady);
  const newest = model.version ?? versionOf(model)?.version;
  const text = isUsable ? `${name} (version ${newest})` : `${name} (not ready)`;
  const labels = Object.entries(model.version_labels ?? {}).map(([label, version]) =>
    option(targetOf({ name, label }), `${name}, ${label} (version ${version})`, true),
  );
  const versions = model.versions.map((each) =>
    option(
      targetOf({ name, version: each.version }),
      `${name}, version ${each.version}${isReady(each) ? "" : " (not ready)"}`,
      isReady(each),
    ),
  );
  const more = model.versions.length > 1 ? versions : [];
  return [option(targetOf({ name }), text, isUsable || name === choice.name), ...labels, ...more];
}

function optionOfPipeline({ name, detector, keypoints }, models) {
  const isUsable = unreadyOf({ detector, keypoints }, models).length === 0;
  const text = `${name}: ${detector}, then ${keypoints}${isUsable ? "" : " (not ready)"}`;
  return option(targetOf({ pipeline: name }), text, isUsable || name === choice.pipeline);
}

/** Fill the list, and keep it up to date while models are on their way. */
export function offerModels() {
  const list = byId("model-choice");
  if (!list) {
    waitForAModel();
    return;
  }
  list.addEventListener("change", () => choose(list.value));
  onChoice(followThreshold);
  onChoice(() => {
    const target = targetOf(choice);
    list.value = target;
    if (list.value !== target) list.prepend(option(target, target, true));
  });
  follow(list);
}

// What was served when it was last asked.
/** @type {Served} */
let known = { models: [] };

function followThreshold() {
  const threshold = scoreThresholdOf(choice, known);
  if (threshold !== null) beginWithThreshold(threshold);
}

async function follow(list) {
  /** @type {Model[]|null} */
  let models = null;
  try {
    const found = await served();
    models = found.models;
    known = found;
    followThreshold();
    const pipelines = (found.pipelines ?? []).map((each) => optionOfPipeline(each, models));
    const options = [...models.flatMap(optionsOf), ...pipelines];
    renew(list, options);
  } catch {
    // The list keeps what it has; a prediction will say what is wrong.
  }
  if (!models || isChanging(models)) setTimeout(() => follow(list), AGAIN_MS);
}

/**
 * Bring a list up to date under the hands of whoever uses it: an option that stays is the same one,
 * what did not change is not touched, and what is chosen is not for the gateway to change.
 */
function renew(list, options) {
  const chosen = list.value;
  const before = new Map([...list.options].map((each) => [each.value, each]));
  options.forEach((fresh, at) => {
    const kept = before.get(fresh.value);
    before.delete(fresh.value);
    if (kept && kept.text !== fresh.text) kept.text = fresh.text;
    if (kept && kept.disabled !== fresh.disabled) kept.disabled = fresh.disabled;
    const each = kept ?? fresh;
    if (list.options[at] !== each) list.insertBefore(each, list.options[at] ?? null);
  });
  for (const [target, gone] of before) {
    if (target === chosen) list.append(gone);
    else gone.remove();
  }
  if (list.value !== chosen) list.value = chosen;
}

/** With no model there is no form; the page comes anew once there is one. */
async function waitForAModel() {
  const hadModels = document.body.dataset.hasModels === "true";
  try {
    const models = await servedModels();
    if (!hadModels && models.length) location.reload();
  } catch {
    // The model server may be started later.
  }
  if (!hadModels) setTimeout(waitForAModel, AGAIN_MS);
}
