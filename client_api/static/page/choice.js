// Which model is asked: its newest version, one version, or the one with a label.

import { config } from "./config.js";

const listeners = new Set();

function parsed(target) {
  const [name, kind, which] = (target ?? "").split("/");
  return {
    name: name || null,
    version: kind === "versions" ? which : null,
    label: kind === "labels" ? which : null,
  };
}

export const choice = parsed(config.target);

/** The choice as one word, which `parsed` reads: "hands", "hands/versions/2", "hands/labels/stable". */
export function targetOf({ name, version = null, label = null }) {
  if (version) return `${name}/versions/${version}`;
  return label ? `${name}/labels/${label}` : name;
}

/** Where the chosen model is asked, relative to the gateway's root. */
export function predictPath() {
  const isDefault = !choice.version && !choice.label && choice.name === config.default_model;
  const parts = targetOf(choice).split("/").map(encodeURIComponent);
  return isDefault ? "predict" : `models/${parts.join("/")}/predict`;
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
