/* The browser's storage, which a frame of another site may be refused. Then it is this page's memory. */

const memory = { local: new Map(), session: new Map() };

function behind(kind) {
  try {
    return kind === "local" ? window.localStorage : window.sessionStorage;
  } catch {
    return null;
  }
}

/** The kept text, or null. kind: "local" outlives the tab, "session" does not. */
export function kept(kind, name) {
  const storage = behind(kind);
  return (storage ? storage.getItem(name) : null) ?? memory[kind].get(name) ?? null;
}

/** Keep a text; null forgets it. */
export function keep(kind, name, text) {
  memory[kind].delete(name);
  try {
    const storage = behind(kind);
    if (text === null) storage?.removeItem(name);
    else if (storage) storage.setItem(name, text);
    else memory[kind].set(name, text);
  } catch {
    // The storage is full: this page still knows it.
    memory[kind].set(name, text);
  }
}

/** The names that begin with this. */
export function names(kind, prefix) {
  const storage = behind(kind);
  const stored = storage ? Array.from({ length: storage.length }, (_, n) => storage.key(n)) : [];
  return [...new Set([...stored, ...memory[kind].keys()])].filter((name) => name !== null && name.startsWith(prefix));
}
