// Threshold, classes, opacity and layers: what is shown of what was found.

import { make } from "../element.js";
import { changeLook, LOWEST_SCORE, look, onLook } from "../look.js";
import { classColor, className } from "./colors.js";
import { swatch } from "./table.js";

const LAYERS = { boxes: "Boxes", masks: "Masks", keypoints: "Skeletons", beliefs: "Belief map" };

function slider(label, key, limits, chosen = {}) {
  // The slider itself says its value to screen readers.
  const output = make("b", { "aria-hidden": "true" });
  const input = make("input", { type: "range", ...limits });
  input.addEventListener("input", () => changeLook({ [key]: Number(input.value), ...chosen }));
  const follow = () => {
    input.value = look[key];
    output.textContent = `${Math.round(look[key] * 100)}%`;
    input.setAttribute("aria-valuetext", output.textContent);
    const share = (look[key] - limits.min) / (limits.max - limits.min);
    input.style.setProperty("--share", `${share * 100}%`);
  };
  follow();
  return {
    element: make("label.slider", {}, make("span", {}, label), output, input),
    follow,
  };
}

function toggle(text, isPressed, onPress, mark = null) {
  const button = make("button.chip", { type: "button", "aria-pressed": String(isPressed) });
  button.append(...(mark ? [mark] : []), make("bdi", {}, text));
  button.addEventListener("click", onPress);
  return button;
}

/** The sliders and toggles, which follow `look` and change it. */
export class LookControls {
  constructor() {
    const limits = { min: LOWEST_SCORE, max: 1, step: 0.01 };
    const threshold = slider("Lowest score", "threshold", limits, { isThresholdChosen: true });
    const opacity = slider("Fill", "opacity", { min: 0, max: 1, step: 0.05 });
    /** @type {Map<number, string>|null} */
    this.known = null;
    this.followers = [threshold.follow, opacity.follow];
    this.classes = make("div.chips", { role: "group", "aria-label": "Classes" });
    this.layers = make("div.chips", { role: "group", "aria-label": "Layers" });
    this.element = make("div.look", {}, threshold.element, opacity.element, this.classes, this.layers);
    onLook(() => this.#follow());
  }

  /**
   * Offer the classes and layers that were found.
   * @param {{detections: Detection[], belief_map?: EncodedImage|null}} result
   * @param {{areKept?: boolean}} options whether what was offered before stays, as for a camera,
   *     whose next frame may show it again.
   */
  offer({ detections, belief_map: beliefMap }, { areKept = false } = {}) {
    const found = new Map(detections.map((each) => [each.class_id, className(each)]));
    if (areKept) {
      const { known } = this;
      if (known && [...found.keys()].every((id) => known.has(id))) return;
      for (const [id, name] of known ?? []) found.set(id, name);
      this.known = found;
    }
    const focused = this.#keyOf(document.activeElement);
    const inOrder = [...found].sort(([one], [other]) => one - other);
    this.chips = inOrder.map(([id, name]) => {
      const isHidden = look.hiddenClasses.has(id);
      const press = () => changeLook({ hiddenClasses: toggled(look.hiddenClasses, id) });
      return [id, toggle(name, !isHidden, press, swatch(classColor(id)))];
    });
    this.classes.replaceChildren(...this.chips.map(([, chip]) => chip));
    const has = {
      boxes: detections.length > 0,
      masks: detections.some(({ mask, polygons }) => mask || polygons),
      keypoints: detections.some(({ keypoints }) => keypoints?.length),
      // It comes when it is asked for; a camera's would be too much to send with every frame.
      beliefs: !areKept && (Boolean(beliefMap) || detections.some((each) => each.keypoints)),
    };
    // Boxes alone need no switch.
    const offered = Object.keys(LAYERS).filter((layer) => has[layer]);
    this.layerChips = (offered.length > 1 ? offered : []).map((layer) => {
      const press = () => changeLook({ [layer]: !look[layer] });
      return [layer, toggle(LAYERS[layer], look[layer], press)];
    });
    this.layers.replaceChildren(...this.layerChips.map(([, chip]) => chip));
    // Whoever pressed one of them is still there.
    const again = [...this.chips, ...this.layerChips].find(([key]) => key === focused);
    again?.[1].focus({ preventScroll: true });
  }

  /** What a button stands for: a class's number or a layer's name; null for any other element. */
  #keyOf(element) {
    const all = [...(this.chips ?? []), ...(this.layerChips ?? [])];
    return all.find(([, chip]) => chip === element)?.[0] ?? null;
  }

  /** Forget what was offered: another model is asked. */
  forget() {
    this.known = null;
  }

  #follow() {
    for (const follow of this.followers) follow();
    for (const [id, chip] of this.chips ?? []) {
      chip.setAttribute("aria-pressed", String(!look.hiddenClasses.has(id)));
    }
    for (const [layer, chip] of this.layerChips ?? []) {
      chip.setAttribute("aria-pressed", String(look[layer]));
    }
  }
}

function toggled(set, value) {
  const changed = new Set(set);
  if (!changed.delete(value)) changed.add(value);
  return changed;
}
