// The gateway's limits, checked before anything is sent; the gateway checks them all the same.

import { config } from "../config.js";
import { Problem } from "../problem.js";

// What a form adds to a file: boundaries, headers, the file's name.
const FORM_BYTES = 1000;
const TOO_LARGE = 413;

/**
 * Check a picture's bytes.
 * @throws {Problem}
 */
export function checkBytes(file, labelMap) {
  const most = config.limits.max_request_bytes;
  const bytes = file.size + (labelMap?.size ?? 0) + FORM_BYTES;
  if (bytes > most) {
    throw new Problem(TOO_LARGE, `the file has ${file.size} bytes; at most ${most} are taken`, {
      title: "Too large",
    });
  }
  if (file.size === 0) {
    throw new Problem(400, "the file is empty; a picture is expected", { title: "Empty" });
  }
}

/**
 * Check a picture's pixels.
 * @throws {Problem}
 */
export function checkPixels({ width, height }) {
  const most = config.limits.max_image_pixels;
  if (width * height > most) {
    const came = `${width}x${height} pixels, ${width * height} in all`;
    throw new Problem(TOO_LARGE, `the picture has ${came}; at most ${most} are taken`, {
      title: "Too large",
    });
  }
}

/** What is wrong with a label map's file; empty where nothing is. */
export function labelMapProblem(file) {
  const most = config.limits.max_label_map_bytes;
  if (file.size <= most) return "";
  return `label_map has ${file.size} bytes; at most ${most} are taken`;
}

/** What is wrong with so many pictures at once; empty where nothing is. */
export function countProblem(count) {
  const most = config.limits.max_images_per_request;
  if (count <= most) return "";
  return `${count} pictures came; at most ${most} are taken at a time, so these are the first ${most}`;
}
