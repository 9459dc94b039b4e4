/* The agent's key: it comes in the address's fragment, which no server sees, and stays in this tab. */

import { keep, kept } from "./storage.js";

const NAME = "kb-key";

/** The key, from `#key=…` (which is taken out of the address) or from this tab; "" where there is none. */
export function accessKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given !== null) {
    history.replaceState(null, "", location.pathname + location.search);
    keepKey(given.trim());
  }
  return kept("session", NAME) ?? "";
}

/** Keep a key for this tab; "" forgets it. */
export function keepKey(key) {
  keep("session", NAME, key === "" ? null : key);
}
