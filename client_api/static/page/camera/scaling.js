// Frames go out small; what was found in one is shown and kept in the size of the video.

import { maskRings } from "../result/shapes.js";

/** An answer about a smaller image, in the pixels of a larger one. */
export function scaledTo({ image, detections }, size) {
  const x = size.width / image.width;
  const y = size.height / image.height;
  return {
    image: size,
    detections: detections.map((each) => ({
      ...each,
      box: {
        x_min: each.box.x_min * x,
        y_min: each.box.y_min * y,
        x_max: each.box.x_max * x,
        y_max: each.box.y_max * y,
      },
      mask: null,
      polygons: maskRings(each)?.map((ring) => ring.map((value, at) => value * (at % 2 ? y : x))),
      keypoints: each.keypoints?.map((point) => ({ ...point, x: point.x * x, y: point.y * y })),
    })),
  };
}
