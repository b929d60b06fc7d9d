// The ways in which images come: chosen, photographed, dropped, pasted.

import { byId } from "../element.js";
import { showFieldError } from "./field_errors.js";

const NO_FILE =
  "That is a link and no file, and this page fetches nothing from elsewhere. Save the image first, then drop or choose its file.";

/**
 * Files that may be images, and folders; what a file is, is the gateway's to find out, by its
 * content. Browsers forget what an event carried as soon as it is over.
 */
function partsOf(transfer) {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === "file");
  const parts = items.map((each) => {
    const entry = each.webkitGetAsEntry?.();
    return entry?.isDirectory ? entry : each.getAsFile();
  });
  return parts.filter(Boolean);
}

function isHere(view) {
  return view.checkVisibility?.() ?? true;
}

/**
 * Listen to all of them.
 * @param {(parts: (File|FileSystemDirectoryEntry)[]) => void} onFiles
 */
export function listenForImages(onFiles) {
  const view = byId("upload");
  for (const id of ["image", "photograph"]) {
    const input = byId(id);
    input.addEventListener("change", () => {
      onFiles([...input.files]);
      // So that the same file can be chosen again.
      input.value = "";
    });
  }
  listenForDrops(view, onFiles);
  document.addEventListener("paste", (event) => {
    const parts = partsOf(event.clipboardData);
    if (!parts.length || !isHere(view)) return;
    event.preventDefault();
    onFiles(parts);
  });
}

/** Whether a drag would be a text field's, were it dropped: those take links as they are written. */
function isTextFields({ target }) {
  return Boolean(target.matches?.("input:not([type=file])"));
}

/** The whole window takes drops: an image dropped beside the frame must not replace the page. */
function listenForDrops(view, onFiles) {
  let depth = 0;
  // What the page shows is dragged: nothing comes by that.
  let isOwn = false;
  const carries = (event, type) => Boolean(event.dataTransfer?.types.includes(type));
  const carriesFiles = (event) => !isOwn && carries(event, "Files");
  // A link that is dropped would replace the page, and all that is on it.
  const carriesLink = (event) => carries(event, "text/uri-list") && !isTextFields(event);
  const show = () => view.classList.toggle("is-dropping", depth > 0);
  addEventListener("dragstart", () => {
    isOwn = true;
  });
  addEventListener("dragend", () => {
    isOwn = false;
  });
  addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    show();
  });
  addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(depth - 1, 0);
    show();
  });
  addEventListener("dragover", (event) => {
    if (!carriesFiles(event) && !carriesLink(event)) return;
    event.preventDefault();
    if (isOwn && event.dataTransfer) event.dataTransfer.dropEffect = "none";
  });
  addEventListener("drop", (event) => {
    if (!carriesFiles(event) && !carriesLink(event)) return;
    event.preventDefault();
    depth = 0;
    show();
    if (isOwn) return;
    const parts = partsOf(event.dataTransfer);
    if (!isHere(view)) location.hash = "#upload";
    if (parts.length) onFiles(parts);
    else showFieldError("image", NO_FILE);
  });
}
