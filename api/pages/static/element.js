/* Elements made of text and elements, never of markup. */

/**
 * An element: `el("p", {class: "reply", onclick: f, hidden: true}, "text", child, null)`.
 * What is null, undefined or false is left out, of the properties as of the children.
 */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else made.setAttribute(name, String(value));
  }
  fill(made, children);
  return made;
}

/** Put these children, and no others, into an element. */
export function refill(element, ...children) {
  element.replaceChildren();
  fill(element, children);
}

function fill(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

/** Text of a stranger: it keeps its own direction, so that a mark that turns text turns no more than itself. */
export function free(tag, name, ...children) {
  return el(tag, { class: `free ${name}`, dir: "auto" }, ...children);
}

const SHAPES = {
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13m4.8 11.3L20 20",
  phrases: "M5 5h14v10H10l-4 4v-4H5zM8.5 8.5h7M8.5 11.5h4.5",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16m0 3.5V12l3 2",
  help: "M9.2 9.2a2.9 2.9 0 1 1 4.2 2.6c-.9.5-1.4 1-1.4 2.2m0 2.9v.1",
  back: "M14.5 5.5 8 12l6.5 6.5",
  fold: "m6.5 9.5 5.5 5.5 5.5-5.5",
  lock: "M7 11V8.5a5 5 0 0 1 10 0V11m-11.5 0h13v8.5h-13z",
  away: "M4 4l16 16M7 8.5a11 11 0 0 0-3 2.2M10 6.2c3.600-.7 7.300.5 10 3.300M8.500 14a5.500 5.500 0 0 1 5-1.300M12 18v.1",
  many: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6m-5.500 8a5.500 5.500 0 0 1 11 0M16 5.300a3 3 0 0 1 0 5.400M17 13.800a5.500 5.500 0 0 1 3.500 5.200",
  close: "M6.500 6.500l11 11m0-11-11 11",
  open: "M9 6h9v9m0-9L7 17",
};

/** A small line drawing; it says nothing by itself, the element around it is named. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}
