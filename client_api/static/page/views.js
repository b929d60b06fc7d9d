// Which part of the page is looked at, by the address: `#camera`, `#models`, or the uploads.
//
// The style sheet shows the part; here it is started and stopped, and the links say which it is.

import { byId, make } from "./element.js";

function showAbsence(name) {
  // Of what it imports itself a browser may keep that it did not come until the page is loaded anew.
  const words =
    "This part of the page did not come: the gateway is away, or the network is. " +
    "Choose it again in a while, or reload the page.";
  byId(`${name}-place`).replaceChildren(make("p.problem", { role: "alert" }, words));
}

/**
 * Follow the address.
 * @param {Object<string, () => Promise<PagePart>>} loaders of the parts
 *     that are loaded when they are first looked at.
 */
export function followAddress(loaders) {
  const title = document.title;
  /** @type {string|null} */
  let current = null;
  /** @type {Object<string, PagePart>} */
  const loaded = {};

  async function follow(isByHand) {
    const name = location.hash.slice(1) in loaders ? location.hash.slice(1) : "upload";
    for (const link of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-view]"))) {
      if (link.dataset.view === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
      if (link.dataset.view === name) document.title = name === "upload" ? title : `${link.textContent} – ${title}`;
    }
    if (current && current !== name) loaded[current]?.stop();
    current = name;
    if (isByHand) byId(name).querySelector("h1")?.focus({ preventScroll: true });
    if (!(name in loaders)) return;
    try {
      loaded[name] ??= await loaders[name]();
    } catch {
      showAbsence(name);
      return;
    }
    byId(`${name}-place`).querySelector(":scope > p.problem")?.remove();
    // Another part may have been chosen while this one was loaded.
    if (current === name) loaded[name].start();
  }

  addEventListener("hashchange", () => follow(true));
  follow(false);
}
