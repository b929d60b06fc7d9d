// What is shown now, as files: JSON as the gateway answers it, COCO results, a table.

import { isShown } from "../look.js";

/** The answer, with the detections that are shown now. */
export function shownAnswer({ result, answer }) {
  return { ...answer, ...result, detections: result.detections.filter(isShown) };
}

/**
 * COCO results of several images; `image_id` counts them from 0, as `schema=coco` does, and those
 * without a result too: it is an image's place in the row.
 * Source: the results format of cocodataset.org.
 */
export function cocoResults(results) {
  return results.flatMap((result, imageId) =>
    (result?.detections ?? []).filter(isShown).map((each) => cocoResult(each, imageId)),
  );
}

function cocoResult({ class_id: classId, box, score, mask, keypoints }, imageId) {
  const record = {
    image_id: imageId,
    category_id: classId,
    bbox: [box.x_min, box.y_min, hundredths(box.x_max - box.x_min), hundredths(box.y_max - box.y_min)],
    score,
  };
  if (mask) record.segmentation = mask;
  if (keypoints) record.keypoints = keypoints.flatMap(({ x, y, score: each }) => [x, y, each]);
  return record;
}

function hundredths(value) {
  return Math.round(value * 100) / 100;
}

/** A table of what is shown now, after RFC 4180. */
export function csvOf({ detections }) {
  const lines = detections
    .filter(isShown)
    .map(({ class_id: classId, label, score, box }) => [
      classId,
      label ?? "",
      score,
      box.x_min,
      box.y_min,
      box.x_max,
      box.y_max,
    ]);
  const head = ["class_id", "label", "score", "x_min", "y_min", "x_max", "y_max"];
  return [head, ...lines].map((line) => `${line.map(csvField).join(",")}\r\n`).join("");
}

function csvField(value) {
  const text = String(value);
  // A spreadsheet would take such a label for a formula.
  const safe = /^[=+\-@\t]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Let the browser save `content` under a name. */
export function save(content, type, name) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it over by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A file's name without its ending. */
export function stem(name) {
  return name.replace(/\.[^.]+$/, "") || "image";
}
