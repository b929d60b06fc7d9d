// The page's beginning: what takes pictures in is there at once; what shows results, the camera and
// the models are loaded when there is time, or when they are wanted.

import { offerModels } from "./chooser.js";
import { byId } from "./element.js";
import { listenForPictures } from "./upload/intake.js";
import { followAddress } from "./views.js";

let uploads = null;

function uploadView() {
  uploads ??= import("./upload/view.js").then(({ UploadView }) => new UploadView());
  return uploads;
}

const form = byId("upload-form");
if (form) {
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("label-map").addEventListener("change", uploadView, { once: true });
  listenForPictures(async (files) => (await uploadView()).add(files));
  (window.requestIdleCallback ?? setTimeout)(uploadView);
}
offerModels();
followAddress({
  camera: () => import("./camera/view.js"),
  models: () => import("./models/view.js"),
});
document.documentElement.dataset.ready = "true";
performance.mark("ready");
