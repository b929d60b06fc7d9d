// The page's beginning: what takes pictures in is there at once; what shows results, the camera and
// the models are loaded when there is time, or when they are wanted.

import { offerModels } from "./chooser.js";
import { byId } from "./element.js";
import { showFieldError } from "./upload/field_errors.js";
import { listenForPictures } from "./upload/intake.js";
import { followAddress } from "./views.js";

let uploads = null;

const NOT_COME = "A part of the page did not come: the gateway is away, or the network is. Try again in a while, or reload the page.";

/** What shows results; null where it cannot be loaded now. */
function uploadView() {
  uploads ??= import("./upload/view.js")
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
  listenForPictures(take);
  (window.requestIdleCallback ?? setTimeout)(uploadView);
}
offerModels();
followAddress({
  camera: () => import("./camera/view.js"),
  models: () => import("./models/view.js"),
});
document.documentElement.dataset.ready = "true";
performance.mark("ready");
