/* Copying, also in a frame that was not given the newer way. */

/** Copy a text. Whether the browser did it. */
export async function copy(text) {
  // A frame that was not given it would only be told off.
  if (document.featurePolicy?.allowsFeature("clipboard-write") === false) return copyOld(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOld(text);
  }
}

function copyOld(text) {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  area.setAttribute("readonly", "");
  document.body.append(area);
  area.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  area.remove();
  before?.focus?.({ preventScroll: true });
  return done;
}
