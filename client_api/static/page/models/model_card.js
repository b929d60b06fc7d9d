// One model and its versions, each with what its card says.

import { choose, targetOf } from "../choice.js";
import { draw, make } from "../element.js";
import { classColor } from "../result/colors.js";
import { metricsView } from "./metrics.js";
import { inputSizeOf, isReady } from "./served.js";

const KINDS = { boxes: "Boxes", masks: "Boxes and masks", keypoints: "Keypoints" };
const UNITS = {
  normalized: "0 to 1",
  pixels: "Pixels of the image",
  "input-pixels": "Pixels of the model's input",
};
const FORMS = { encoded: "Image files", example: "tf.Examples" };
const STATES = {
  AVAILABLE: "Ready",
  START: "Waiting",
  LOADING: "Loading",
  UNLOADING: "Going",
  END: "Gone",
};
const MOST_CLASSES = 24;

/**
 * @param {Model} model of `GET /models`.
 * @param {Version|null} chosen the version that is asked now, where it is one of this model's.
 */
export function modelCard(model, chosen) {
  const title = make("h2", {}, model.name);
  const badges = [
    model.default ? make("span.badge", {}, "Default") : null,
    ...Object.entries(model.version_labels ?? {}).map(([label, version]) =>
      make("span.badge", {}, `${label}: version ${version}`),
    ),
  ];
  const versions = model.versions.map((each) => versionCard(model, each, each === chosen));
  return make(
    "section.card.model",
    { "aria-label": `Model ${model.name}` },
    make("header.model-head", {}, title, badges),
    // A version says of itself what it waits for.
    model.waiting_for && !model.versions.some(isOnItsWay) ? waiting(model.waiting_for) : null,
    versions.length ? null : make("p.nothing", {}, "The model server has no version of it yet."),
    make("div.versions", {}, versions),
  );
}

function isOnItsWay(version) {
  return Boolean(version.waiting_for) && !version.error;
}

function waiting(text) {
  return make("p.waiting", {}, make("span.spinner", { "aria-hidden": "true" }), `Waiting: ${text}`);
}

function versionCard(model, version, isChosen) {
  const { card } = version;
  const { name } = model;
  // The one that is asked where none is named: the choice then follows newer ones.
  const isUsual = version.version === model.version;
  const id = `use-${name}-${version.version}`;
  const use = make(
    "button.small",
    {
      type: "button",
      id,
      disabled: !isReady(version),
      // It keeps the focus of whoever pressed it.
      "aria-disabled": isChosen && "true",
      "aria-label": `Use ${name} version ${version.version}`,
      onclick: () => {
        if (!isChosen) choose(targetOf(isUsual ? { name } : { name, version: version.version }));
      },
    },
    isChosen ? "In use" : "Use",
  );
  const state = version.error ? "Failed" : (STATES[version.state] ?? version.state);
  return make(
    "article.version",
    { "data-state": version.error ? "FAILED" : version.state },
    make(
      "header.version-head",
      {},
      make("h3", {}, `Version ${version.version}`),
      make("span.state", {}, state),
      (version.version_labels ?? []).map((label) => make("span.badge", {}, label)),
      use,
    ),
    card?.title ? make("p", {}, card.title) : null,
    isOnItsWay(version) ? waiting(version.waiting_for) : null,
    problemsOf(version).map((text) => make("p.field-error", {}, text)),
    warningsOf(version).map((text) => make("p.hint.warning", {}, text)),
    facts(version),
    classesView(version.classes),
    metricsView(card?.metrics, `metrics-${name}-${version.version}`),
    (card?.notes ?? []).map((note) => make("p.hint", {}, note)),
  );
}

function problemsOf({ error, label_map_error, card_error, signature_error, facts_error }) {
  return [error, label_map_error, card_error, signature_error, facts_error].filter(Boolean);
}

function warningsOf({ label_map_warning, facts_warnings }) {
  return [label_map_warning, ...(facts_warnings ?? [])].filter(Boolean);
}

function facts(version) {
  const { kind, card, state, class_count: count } = version;
  const model = card?.model ?? {};
  const size = inputSizeOf(version);
  const rows = [
    ["Finds", KINDS[kind]],
    ["Input", size ? `${size.width} × ${size.height} pixels` : state === "AVAILABLE" && "Any size"],
    ["Network", model.name],
    ["Parameters", model.parameters && compact(model.parameters)],
    ["Classes", count],
    ...answerRows(version.facts),
    ["Lowest score", lowestScore(version.score_threshold)],
    ["Made", card?.created_at && day(card.created_at)],
  ].filter(([, value]) => value);
  if (!rows.length) return null;
  return make(
    "dl.facts",
    {},
    rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))),
  );
}

// What is answered where nobody asks for another, and what that was measured to give.
function lowestScore(threshold) {
  if (threshold?.source !== "card") return null;
  const { value, recall, precision } = threshold;
  const percent = (share) => `${Math.round(share * 100)}%`;
  const isMeasured = typeof recall === "number" && typeof precision === "number";
  const given = isMeasured ? ` (finds ${percent(recall)}, ${percent(precision)} of it right)` : "";
  return percent(value) + given;
}

// What the numbers of its answers mean, and who says so.
function answerRows(facts) {
  if (!facts) return [];
  const unit = facts.box_unit;
  const order = facts.box_order;
  const rows = [["Boxes", unit && said(UNITS[unit.value] ?? unit.value, unit)]];
  if (order) rows.push(["Box order", said(order.value, order)]);
  const first = facts.first_class;
  if (Number.isInteger(first?.value)) rows.push(["First class", said(first.value, first)]);
  const form = facts.image_form;
  if (form) rows.push(["Takes", said(FORMS[form.value] ?? form.value, form)]);
  return rows;
}

function said(value, { source }) {
  return source === "default" ? `${value} (not known yet)` : `${value} (${source})`;
}

function compact(number) {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(number);
}

function day(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toISOString().slice(0, 10);
}

function classesView(classes) {
  if (!classes?.length) return null;
  const shown = classes
    .slice(0, MOST_CLASSES)
    .map(({ id, name, display_name: displayName }) =>
      make(
        "li.class",
        {},
        draw(
          "svg.swatch",
          { viewBox: "0 0 10 10", "aria-hidden": "true" },
          draw("rect", { width: 10, height: 10, rx: 2, fill: classColor(id) }),
        ),
        displayName || name,
      ),
    );
  const more = classes.length - shown.length;
  return make(
    "ul.classes",
    { "aria-label": "Classes" },
    shown,
    more > 0 ? make("li.hint", {}, `and ${more} more`) : null,
  );
}
