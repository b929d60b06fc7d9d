// Text that can be copied with one press.

import { announce, make } from "./element.js";

/**
 * A block of code with a button.
 * @param {string} name what it is, for the button's label.
 * @param {string} text
 */
export function copyBlock(name, text) {
  const code = make("pre", { tabindex: "0", "aria-label": name }, text);
  const button = make("button.small", { type: "button" }, "Copy");
  button.setAttribute("aria-label", `Copy ${name}`);
  button.addEventListener("click", async () => {
    const isCopied = await copy(code);
    button.textContent = isCopied ? "Copied" : "Selected: press Ctrl+C";
    announce(isCopied ? `${name} copied` : `${name} selected`);
  });
  return make("div.code", {}, make("div.code-head", {}, make("span", {}, name), button), code);
}

/** Without HTTPS browsers have no clipboard; then the text is selected, ready to be copied. */
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    return false;
  }
}
