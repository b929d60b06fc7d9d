// The annotated image as a file: what is shown now, drawn on the image at its full size.

import { isShown, look } from "../look.js";
import { drawBeliefs } from "./beliefs.js";
import { classColor, className, inkOn } from "./colors.js";
import { maskPath } from "./shapes.js";
import { bonesOf, colorOfPoint } from "./skeleton.js";

// Shares of the longer side, those of `detection.drawing`.
const LINE_SHARE = 1 / 250;
const TEXT_SHARE = 1 / 40;

/**
 * The image with what is shown now drawn on it.
 * @param {CanvasImageSource} image
 * @param {Found} result of the image, as the gateway answered it.
 * @returns {Promise<Blob>} a JPEG of the image's size.
 */
export async function paintedImage(image, result) {
  const { width, height } = result.image;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  // The gateway puts what is transparent on white; a JPEG alone would have it black.
  context.fillStyle = "#FFFFFF";
  context.fillRect(0, 0, width, height);
  const map = look.beliefs && result.belief_map;
  if (map) context.filter = "brightness(0.55)";
  context.drawImage(image, 0, 0, width, height);
  context.filter = "none";
  if (map) await paintBeliefs(context, map, { width, height });
  const longer = Math.max(width, height);
  const linePx = Math.max(2, Math.round(longer * LINE_SHARE));
  const textPx = Math.min(Math.max(12, Math.round(longer * TEXT_SHARE)), 96);
  for (const detection of result.detections.filter(isShown).reverse()) {
    paintMask(context, detection, linePx);
    paintBox(context, detection, linePx);
    paintSkeleton(context, detection, linePx);
    paintName(context, detection, textPx, { width, height });
  }
  return new Promise((resolve) => canvas.toBlob(/** @type {BlobCallback} */ (resolve), "image/jpeg", 0.92));
}

async function paintBeliefs(context, map, { width, height }) {
  const glow = document.createElement("canvas");
  await drawBeliefs(glow, map);
  context.drawImage(glow, 0, 0, width, height);
}

function paintMask(context, detection, linePx) {
  const d = look.masks && maskPath(detection);
  if (!d) return;
  const path = new Path2D(d);
  const color = classColor(detection.class_id);
  context.globalAlpha = look.opacity;
  context.fillStyle = color;
  context.fill(path, "evenodd");
  context.globalAlpha = 1;
  context.strokeStyle = color;
  context.lineWidth = linePx / 2;
  context.stroke(path);
}

function paintBox(context, { box, class_id: classId }, linePx) {
  if (!look.boxes) return;
  context.strokeStyle = classColor(classId);
  context.lineWidth = linePx;
  const inset = linePx / 2;
  context.strokeRect(
    box.x_min + inset,
    box.y_min + inset,
    Math.max(box.x_max - box.x_min - linePx, 1),
    Math.max(box.y_max - box.y_min - linePx, 1),
  );
}

function paintSkeleton(context, /** @type {Detection} */ { keypoints }, linePx) {
  if (!look.keypoints || !keypoints?.length) return;
  context.lineWidth = linePx;
  for (const [from, to] of bonesOf(keypoints)) {
    context.strokeStyle = colorOfPoint(keypoints[to].name);
    context.beginPath();
    context.moveTo(keypoints[from].x, keypoints[from].y);
    context.lineTo(keypoints[to].x, keypoints[to].y);
    context.stroke();
  }
  for (const { name, x, y } of keypoints) {
    context.fillStyle = colorOfPoint(name);
    context.beginPath();
    context.arc(x, y, linePx * 1.4, 0, 2 * Math.PI);
    context.fill();
  }
}

function paintName(context, detection, textPx, size) {
  context.font = `${textPx}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const margin = Math.max(2, Math.round(textPx / 4));
  const text = fitted(context, detection, size.width - 2 * margin);
  const plateW = context.measureText(text).width + 2 * margin;
  const plateH = textPx + 2 * margin;
  const color = classColor(detection.class_id);
  const x = Math.max(0, Math.min(detection.box.x_min, size.width - plateW));
  const above = detection.box.y_min - plateH;
  const y = above < 0 ? Math.max(0, Math.min(detection.box.y_min, size.height - plateH)) : above;
  context.fillStyle = color;
  context.fillRect(x, y, plateW, plateH);
  context.fillStyle = inkOn(color);
  context.fillText(text, x + margin, y + plateH / 2);
}

/** The name and the score; of a name that is too long as much as there is room for. */
function fitted(context, detection, width) {
  const name = [...className(detection)];
  const score = ` ${Math.round(detection.score * 100)}%`;
  // A name that runs from right to left does not take the score with it.
  const textOf = (letters) => `\u2068${letters.join("")}\u2069${score}`;
  if (context.measureText(textOf(name)).width <= width) return textOf(name);
  while (name.length > 1 && context.measureText(textOf([...name, "…"])).width > width) name.pop();
  return textOf([...name, "…"]);
}
