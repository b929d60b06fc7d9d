// What a model found, as shapes of SVG in the image's pixels: crisp at any size.
//
// Lines keep their thickness on the screen (`vector-effect` in the style sheet); a point is a line
// of no length with round ends, so that it keeps its size too.

import { draw } from "../element.js";
import { classColor } from "./colors.js";
import { hasHole, outlinesOf } from "./outlines.js";
import { bonesOf, colorOfPoint } from "./skeleton.js";

/** The box: a dark line with a colored one on it, seen on light and on dark images. */
export function boxShape({ box, class_id: classId }) {
  const place = {
    x: box.x_min,
    y: box.y_min,
    width: Math.max(box.x_max - box.x_min, 0),
    height: Math.max(box.y_max - box.y_min, 0),
  };
  const color = classColor(classId);
  return draw("g.box", {}, draw("rect.halo", place), draw("rect.line", { ...place, stroke: color, fill: color }));
}

/** Rings of a polygon, whether a ring is [x, y, x, y, ...] or [[x, y], ...]. */
export function pathOf(polygons) {
  return polygons
    .map((ring) => ring.flat())
    .filter((numbers) => numbers.length >= 6)
    .map((numbers) => {
      const points = [];
      for (let at = 0; at + 1 < numbers.length; at += 2) {
        points.push(`${numbers[at]} ${numbers[at + 1]}`);
      }
      return `M${points.join("L")}Z`;
    })
    .join("");
}

/**
 * The mask's outlines, [x, y, x, y, ...] each; null where there is no mask.
 *
 * The answer's polygons are smooth, and outer outlines alone: where there is a hole, and where there
 * are none, the outlines are those of the mask's pixels.
 */
export function maskRings({ mask, polygons }) {
  if (polygons?.length && !(mask && hasHole(mask))) return polygons.map((ring) => ring.flat());
  return mask ? outlinesOf(mask) : null;
}

/** The same as a path. */
export function maskPath(detection) {
  const rings = maskRings(detection);
  return rings && pathOf(rings);
}

/** The mask as a shape; null where there is none. */
export function maskShape(detection) {
  const d = maskPath(detection);
  if (!d) return null;
  const color = classColor(detection.class_id);
  return draw("path.mask", { d, fill: color, stroke: color, "fill-rule": "evenodd" });
}

/** Bones and points; null where there are none. */
export function skeletonShape({ keypoints }) {
  if (!keypoints?.length) return null;
  const bones = bonesOf(keypoints).map(([from, to]) => {
    const d = `M${keypoints[from].x} ${keypoints[from].y}L${keypoints[to].x} ${keypoints[to].y}`;
    // Not `opacity`: Chromium then paints what lies below once more.
    const shown = { "stroke-opacity": strength(Math.min(keypoints[from].score, keypoints[to].score)) };
    const stroke = colorOfPoint(keypoints[to].name);
    return [draw("path.bone-halo", { d }), draw("path.bone", { d, stroke, ...shown })];
  });
  const points = keypoints.map((each) =>
    draw(
      "path.point",
      {
        d: `M${each.x} ${each.y}h0`,
        stroke: colorOfPoint(each.name),
        "stroke-opacity": strength(each.score),
      },
      draw("title", {}, `${each.name.replaceAll("_", " ")} ${Math.round(each.score * 100)}%`),
    ),
  );
  return draw("g.skeleton", {}, bones, points);
}

/** Unsure points are fainter, and never quite gone. */
function strength(score) {
  return Math.min(Math.max(score ?? 1, 0.25), 1);
}
