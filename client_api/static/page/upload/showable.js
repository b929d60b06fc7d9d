// Whether a browser shows a file as the gateway looks at it: upright, its first frame, standing still.

// Of the chunk that begins a WebP with more than pixels; Source: RFC 9649, section 2.7.
const WEBP_FLAGS_AT = 20;
const ANIMATION_OR_EXIF = 0x0a;
// An animated PNG says so before its first pixels.
const HEAD_BYTES = 4096;

/**
 * @param {File} file
 * @returns {Promise<boolean>} false where it may move, or where it says how it is turned and
 *     browsers do not listen: Chromium turns a JPEG and a PNG, and no WebP.
 */
export async function isShownAsSeen(file) {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const text = String.fromCharCode(...bytes);
  if (text.startsWith("GIF8")) return false;
  if (text.slice(4, 8) === "ftyp") return !text.slice(8, 64).includes("avis");
  if (text.startsWith("\x89PNG")) return !text.includes("acTL");
  const isExtendedWebP = text.startsWith("RIFF") && text.slice(8, 16) === "WEBPVP8X";
  return !(isExtendedWebP && bytes[WEBP_FLAGS_AT] & ANIMATION_OR_EXIF);
}
