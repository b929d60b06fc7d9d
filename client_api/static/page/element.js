// Elements made in code: text goes in as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((each) => each !== null && each !== undefined));
  return element;
}

/**
 * An HTML element.
 * @param {string} tag its name, with classes after dots: "p.hint".
 * @param {Object<string, any>} attributes by name; `onclick` and the like are listeners, null is left out.
 * @param {...(Node|string|null|Array)} children in their order.
 */
export function make(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.classList.add(...classes);
  return filled(element, attributes, children);
}

/** An SVG element; the arguments are those of `make`. */
export function draw(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElementNS(SVG, name);
  if (classes.length) element.classList.add(...classes);
  return filled(element, attributes, children);
}

/**
 * The element of the page with this id.
 * @param {string} id
 * @returns {any} of the type that the template gives it; null where this page has none.
 */
export function byId(id) {
  return document.getElementById(id);
}

/** Tell screen readers something, without moving the focus. */
export function announce(text) {
  byId("announcement").textContent = text;
}
