// What is wrong, or to be known, beside the field that it is about.

import { byId } from "../element.js";

const INPUTS = { image: "image", label_map: "label-map", api_key: "api-key" };

/**
 * Show or take away what is wrong with a field.
 * @param {"image"|"label_map"|"api_key"} field
 * @param {string} text empty where nothing is.
 * @param {{isNote?: boolean}} options whether it is to be known, and nothing is wrong.
 */
export function showFieldError(field, text, { isNote = false } = {}) {
  const input = byId(INPUTS[field]);
  const error = byId(`${INPUTS[field]}-error`);
  if (!input || !error) return;
  error.textContent = text;
  error.hidden = !text;
  error.classList.toggle("is-note", isNote);
  if (text && !isNote) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}
