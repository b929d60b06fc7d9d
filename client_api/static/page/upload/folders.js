// Folders that were dropped or pasted: opened, and looked through for images.

import { config } from "../config.js";

// A folder may hold a whole disk: of its files and folders so many are looked at for each image
// that is taken at a time.
const LOOKED_AT_PER_IMAGE = 64;
const HEAD_BYTES = 12;
// How the formats that the gateway reads begin; a dot is any byte.
const IMAGE = /^(\xff\xd8\xff|\x89PNG|GIF8|II\*\0|MM\0\*|RIFF.{4}WEBP|BM.{4}\0\0\0\0)/s;
// As people number their images: 2 before 10.
const byName = new Intl.Collator(undefined, { numeric: true }).compare;

/** Whether a file says that it is an image, or begins as one: the gateway goes by that alone. */
async function isImage(file) {
  if (file.type.startsWith("image/")) return true;
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return IMAGE.test(String.fromCharCode(...head));
}

/** What lies in a folder, in the order in which people see it, and hardly more than `most`. */
async function entriesOf(folder, most) {
  const reader = folder.createReader();
  const entries = [];
  let some;
  // Browsers give some at a time, and at the end none.
  do {
    some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    entries.push(...some);
  } while (some.length && entries.length <= most);
  const rank = (each) => Number(each.isDirectory);
  return entries.sort((one, other) => rank(one) - rank(other) || byName(one.name, other.name));
}

class Search {
  constructor() {
    this.most = config.limits.max_images_per_request * LOOKED_AT_PER_IMAGE;
    this.images = [];
    this.lookedAt = 0;
    this.passedOver = 0;
    this.unread = 0;
    this.isCutShort = false;
  }

  async open(folder) {
    try {
      for (const entry of await entriesOf(folder, this.most)) {
        this.isCutShort ||= this.lookedAt >= this.most;
        if (this.isCutShort) return;
        this.lookedAt += 1;
        // What systems put there, unseen by people.
        if (entry.name.startsWith(".")) continue;
        if (entry.isDirectory) await this.open(entry);
        else await this.#look(entry);
      }
    } catch {
      this.unread += 1;
    }
  }

  async #look(entry) {
    try {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      if (await isImage(file)) this.images.push(file);
      else this.passedOver += 1;
    } catch {
      this.unread += 1;
    }
  }

  /** What was not taken, in a line; empty where all was. */
  words(folders) {
    const one = folders.length === 1;
    const they = one ? `The folder “${folders[0].name}”` : "The folders";
    const isEmpty = this.lookedAt === 0 && !this.unread;
    const none = isEmpty ? (one ? "is empty" : "are empty") : one ? "holds no image" : "hold no image";
    return [
      this.images.length ? "" : `${they} ${none}`,
      counted(this.passedOver, "that is no image was passed over", "that are no images were passed over"),
      counted(this.unread, "could not be read", "could not be read"),
      this.isCutShort ? `the first ${this.most} files and folders were looked at, and no more` : "",
    ]
      .filter(Boolean)
      .join("; ");
  }
}

function counted(count, ofOne, ofMore) {
  if (!count) return "";
  return count === 1 ? `1 file ${ofOne}` : `${count} files ${ofMore}`;
}

/**
 * Files, with the images of folders in the folders' places.
 * @param {(File|FileSystemDirectoryEntry)[]} parts as they were handed over.
 * @returns {Promise<{files: File[], words: string}>} and what is to be said of the folders.
 */
export async function unfolded(parts) {
  const folders = parts.filter((part) => "isDirectory" in part && part.isDirectory);
  const search = new Search();
  for (const part of parts) {
    if ("isDirectory" in part && part.isDirectory) await search.open(part);
    else search.images.push(part);
  }
  return { files: search.images, words: folders.length ? search.words(folders) : "" };
}
