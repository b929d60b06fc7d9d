// What is wrong, beside the field that it is about.

import { byId } from "../element.js";

const INPUTS = { image: "image", label_map: "label-map", api_key: "api-key" };

/**
 * Show or take away what is wrong with a field.
 * @param {"image"|"label_map"|"api_key"} field
 * @param {string} text empty where nothing is.
 */
export function showFieldError(field, text) {
  const input = byId(INPUTS[field]);
  const error = byId(`${INPUTS[field]}-error`);
  if (!input || !error) return;
  error.textContent = text;
  error.hidden = !text;
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}
