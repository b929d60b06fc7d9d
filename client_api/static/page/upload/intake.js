// The ways in which pictures come: chosen, photographed, dropped, pasted.

import { byId } from "../element.js";

/** Files that may be pictures; what they are is the gateway's to find out, by their content. */
function filesOf(transfer) {
  return [...(transfer?.files ?? [])];
}

function isHere(view) {
  return view.checkVisibility?.() ?? true;
}

/**
 * Listen to all of them.
 * @param {(files: File[]) => void} onFiles
 */
export function listenForPictures(onFiles) {
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
    const files = filesOf(event.clipboardData);
    if (!files.length || !isHere(view)) return;
    event.preventDefault();
    onFiles(files);
  });
}

/** A link that is dropped would replace the page, and all that is on it. */
function refuse(event) {
  if (event.target.matches?.("input")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}

/** The whole window takes drops: a picture dropped beside the frame must not replace the page. */
function listenForDrops(view, onFiles) {
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const show = () => view.classList.toggle("is-dropping", depth > 0);
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
    if (carriesFiles(event)) event.preventDefault();
    else if (event.dataTransfer?.types.includes("text/uri-list")) refuse(event);
  });
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show();
    const files = filesOf(event.dataTransfer);
    if (!isHere(view)) location.hash = "#upload";
    onFiles(files);
  });
}
