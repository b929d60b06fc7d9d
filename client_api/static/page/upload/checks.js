// The gateway's limits, checked before anything is sent; the gateway checks them all the same.

import { config } from "../config.js";
import { formOf } from "../predict_request.js";
import { Problem } from "../problem.js";

const TOO_LARGE = 413;

/**
 * Check that the files are still there: where one is gone, browsers say that no answer came.
 * @throws {Problem}
 */
export async function checkReadable(file, labelMap) {
  for (const [each, name] of [
    [file, "the file"],
    [labelMap, "label_map"],
  ]) {
    if (!each || (await isReadable(each))) continue;
    const why = "it is a folder, or has changed or gone since it was chosen";
    throw new Problem(400, `${name} cannot be read: ${why}`, { title: "Unreadable" });
  }
}

async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/**
 * Check an image's bytes.
 * @throws {Problem}
 */
export async function checkBytes(file, labelMap) {
  const most = config.limits.max_request_bytes;
  if (file.size === 0) {
    throw new Problem(400, "the file is empty; an image is expected", { title: "Empty" });
  }
  const bytes = file.size + (labelMap?.size ?? 0) + (await bytesAround(file, labelMap));
  if (bytes <= most) return;
  const came = file.size > most ? "" : `, ${bytes} with the rest of the form`;
  throw new Problem(TOO_LARGE, `the file has ${file.size} bytes${came}; at most ${most} are taken`, {
    title: "Too large",
  });
}

/** What a form adds to its files: boundaries, headers, the files' names. */
async function bytesAround(...files) {
  const [file, labelMap] = files.map((each) => each && new File([], each.name, { type: each.type }));
  return (await new Response(formOf(file, labelMap)).arrayBuffer()).byteLength;
}

/**
 * Check an image's pixels.
 * @throws {Problem}
 */
export function checkPixels({ width, height }) {
  const most = config.limits.max_image_pixels;
  if (width * height > most) {
    const came = `${width}x${height} pixels, ${width * height} in all`;
    throw new Problem(TOO_LARGE, `the image has ${came}; at most ${most} are taken`, {
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

/** What is wrong with so many images at once; empty where nothing is. */
export function countProblem(count) {
  const most = config.limits.max_images_per_request;
  if (count <= most) return "";
  return `${count} images came; at most ${most} are taken at a time, so these are the first ${most}`;
}
