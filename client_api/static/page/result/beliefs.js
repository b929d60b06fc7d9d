// A belief map, which comes as a grey image, as a glow that can be laid over the image.

// Lower beliefs are lifted, so that a map's foot is seen, not its peak alone (as in
// `detection.belief_drawing`).
const GAMMA = 0.6;

/** Red, yellow, white by rising belief, and the clearer the lower it is. */
function glow(grey) {
  return [grey * 3, grey * 3 - 255, grey * 3 - 510, 255 * (grey / 255) ** GAMMA];
}

/**
 * Draw a map.
 * @param {HTMLCanvasElement} canvas that is filled with it.
 * @param {{media_type: string, b64: string}} map grey, the brighter the surer.
 */
export async function drawBeliefs(canvas, map) {
  const image = new Image();
  image.src = `data:${map.media_type};base64,${map.b64}`;
  await image.decode();
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const colors = Array.from({ length: 256 }, (_, grey) => glow(grey));
  // A clamped array: what is below 0 or above 255 becomes that.
  for (let at = 0; at < pixels.data.length; at += 4) pixels.data.set(colors[pixels.data[at]], at);
  context.putImageData(pixels, 0, 0);
}
