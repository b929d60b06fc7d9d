// The ways in which pictures come: chosen, photographed, dropped, pasted.

import { byId } from "../element.js";

/**
 * Files that may be pictures, and folders; what a file is, is the gateway's to find out, by its
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
    const parts = partsOf(event.clipboardData);
    if (!parts.length || !isHere(view)) return;
    event.preventDefault();
    onFiles(parts);
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
    const parts = partsOf(event.dataTransfer);
    if (!isHere(view)) location.hash = "#upload";
    onFiles(parts);
  });
}
