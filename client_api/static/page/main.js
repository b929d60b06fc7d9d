// The page's beginning: what takes images in is there at once; what shows results, the camera and
// the models are loaded when there is time, or when they are wanted.

import { offerModels } from "./chooser.js";
import { byId } from "./element.js";
import { showFieldError } from "./upload/field_errors.js";
import { listenForImages } from "./upload/intake.js";
import { followAddress } from "./views.js";

let uploads = null;

const NOT_COME = "A part of the page did not come: the gateway is away, or the network is. Try again in a while, or reload the page.";

/**
 * A module that may be asked for again. Some browsers keep that one did not come until the page is
 * loaded anew, by its address: further times it has another one.
 * @param {() => Promise<object>} first imports it.
 * @param {string} address of the module, from this one.
 * @returns {() => Promise<object>} imports it, as often as it takes.
 */
function again(first, address) {
  let times = 0;
  return async () => {
    times += 1;
    return times === 1 ? first() : import(`${address}?times=${times}`);
  };
}

const importUploads = again(() => import("./upload/view.js"), "./upload/view.js");

/** What shows results; null where it cannot be loaded now. */
function uploadView() {
  uploads ??= importUploads()
    .then(({ UploadView }) => new UploadView())
    .catch(() => {
      uploads = null;
      return null;
    });
  return uploads;
}

async function take(parts) {
  const view = await uploadView();
  if (view) await view.add(parts);
  else showFieldError("image", NOT_COME);
}

const form = byId("upload-form");
if (form) {
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("label-map").addEventListener("change", uploadView, { once: true });
  listenForImages(take);
  (window.requestIdleCallback ?? setTimeout)(uploadView);
}
offerModels();
followAddress({
  camera: again(() => import("./camera/view.js"), "./camera/view.js"),
  models: again(() => import("./models/view.js"), "./models/view.js"),
});
document.documentElement.dataset.ready = "true";
performance.mark("ready");
