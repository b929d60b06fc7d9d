// The page's beginning: uploads at once, the camera and the models when they are looked at.

import { offerModels } from "./chooser.js";
import { byId } from "./element.js";
import { UploadView } from "./upload/view.js";
import { followAddress } from "./views.js";

if (byId("upload-form")) new UploadView();
offerModels();
followAddress({
  camera: () => import("./camera/view.js"),
  models: () => import("./models/view.js"),
});
document.documentElement.dataset.ready = "true";
