// The page's beginning: what takes images in is there at once; what shows results, the camera and
// the models are loaded when there is time, or when they are wanted.

import { offerModels } from "./chooser.js";
import { byId } from "./element.js";
import { showFieldError } from "./upload/field_errors.js";
import { listenForImages } from "./upload/intake.js";
import { followAddress } from "./views.js";

/** @type {Promise<any>|null} */
let uploads = null;

const NOT_COME =
  "A part of the page did not come: the gateway is away, or the network is. Try again in a while, or reload the page.";

/**
 * A module that may be imported again after it failed to load. Some browsers remember a failure by
 * the module's address until the page is loaded anew, so that further attempts have another one.
 * @param {string} url of the module, from this one.
 * @returns {() => Promise<any>} imports it.
 */
function retriableImport(url) {
  let attempts = 0;
  return () => {
    attempts += 1;
    return import(attempts === 1 ? url : `${url}?attempt=${attempts}`);
  };
}

const importUploads = retriableImport("./upload/view.js");

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
  camera: retriableImport("./camera/view.js"),
  models: retriableImport("./models/view.js"),
});
document.documentElement.dataset.ready = "true";
performance.mark("ready");
