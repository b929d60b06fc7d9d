// Predictions: an upload that says how far it is, and a camera's frame.

import { choice, choiceParameters, predictPath } from "./choice.js";
import { address } from "./config.js";
import { byId } from "./element.js";
import { LOWEST_SCORE } from "./look.js";
import { noAnswer, notTheGateways, problemOf } from "./problem.js";

const MOST_DETECTIONS = 100;
// Every hand that a pipeline finds is looked at once more: not those that hardly are one.
export const OF_A_PIPELINE = { score_threshold: 0.2, max_detections: 10 };

function predictUrl(parameters = {}) {
  const url = new URL(address(predictPath()));
  const usual = choice.pipeline ? OF_A_PIPELINE : { score_threshold: LOWEST_SCORE, max_detections: MOST_DETECTIONS };
  const all = { ...usual, ...choiceParameters(), ...parameters };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, String(value));
  return url;
}

/** @returns {Record<string, string>} */
function keyHeaders() {
  const key = byId("api-key")?.value;
  return key ? { "X-API-Key": key } : {};
}

/** The form's files, as they are sent. */
export function formOf(file, labelMap) {
  const form = new FormData();
  form.append("image", file, file.name || "image");
  if (labelMap) form.append("label_map", labelMap, labelMap.name);
  return form;
}

/**
 * Send an image file as the form would.
 *
 * `XMLHttpRequest`, because `fetch` does not say how much of a body has been sent.
 * @param {File} file
 * @param {{labelMap: File|null, parameters: object, signal: AbortSignal}} more the signal ends it.
 * @param {(share: number) => void} onSent told the share sent, 0 to 1.
 * @returns {Promise<{answer: object, spentMs: number}>}
 * @throws {Problem}
 */
export function predictWithProgress(file, { labelMap, parameters, signal }, onSent) {
  const request = new XMLHttpRequest();
  request.open("POST", predictUrl(parameters));
  request.setRequestHeader("Accept", "application/json");
  for (const [name, value] of Object.entries(keyHeaders())) request.setRequestHeader(name, value);
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) onSent(event.loaded / event.total);
  });
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    request.addEventListener("load", () => {
      if (request.status !== 200) {
        const retryAfter = request.getResponseHeader("Retry-After");
        reject(problemOf(request.status, request.responseText, retryAfter));
        return;
      }
      const spentMs = performance.now() - startedMs;
      try {
        resolve({ answer: JSON.parse(request.responseText), spentMs });
      } catch {
        reject(notTheGateways(request.status, "JSON"));
      }
    });
    for (const end of ["error", "timeout", "abort"]) {
      request.addEventListener(end, () => reject(noAnswer()));
    }
    if (signal.aborted) {
      reject(noAnswer());
      return;
    }
    signal.addEventListener("abort", () => request.abort());
    request.send(formOf(file, labelMap));
  });
}

/**
 * Ask with an image as the body, as the camera does.
 * @param {Blob} blob
 * @param {string} accept what to answer with.
 * @param {object} parameters of the query, beside the usual ones.
 * @returns {Promise<Response>}
 * @throws {Problem}
 */
export async function predictBody(blob, accept, parameters = {}, signal = undefined) {
  let response;
  try {
    response = await fetch(predictUrl(parameters), {
      method: "POST",
      body: blob,
      headers: { Accept: accept, "Content-Type": blob.type, ...keyHeaders() },
      signal,
    });
  } catch (error) {
    throw error.name === "AbortError" ? error : noAnswer();
  }
  if (!response.ok) {
    throw problemOf(response.status, await response.text(), response.headers.get("Retry-After"));
  }
  if (!response.headers.get("Content-Type")?.startsWith(accept)) throw notTheGateways(response.status, accept);
  return response;
}
