// What the gateway says of itself: in the page's data block, and at `/limits`.

import { byId } from "./element.js";

/** Paths, limits, the model that is asked, whether a key is needed; the prefix is in the paths. */
export const config = JSON.parse(byId("config").textContent);

/** An absolute URL of a path below the gateway's own, prefix included. */
export function address(path) {
  return new URL(`${config.root}/${path}`, location.href).href;
}
