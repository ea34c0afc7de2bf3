/** The browser's two stores, which may be blocked or full: then this page's memory stands in for them. */

const memory = { local: new Map(), session: new Map() };

function area(name) {
  try {
    return name === "local" ? window.localStorage : window.sessionStorage;
  } catch {
    return null;
  }
}

/** @param {"local"|"session"} name @param {string} key @returns {any} parsed value or null */
export function read(name, key) {
  if (memory[name].has(key)) return memory[name].get(key);
  const raw = area(name)?.getItem(key) ?? null;
  if (raw === null) return null;
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
}

/** @param {"local"|"session"} name @param {string} key @param {unknown} value */
export function write(name, key, value) {
  try {
    const store = area(name);
    if (!store) throw new Error("blocked");
    store.setItem(key, JSON.stringify(value));
    memory[name].delete(key);
  } catch {
    memory[name].set(key, value);
  }
}

/** @param {"local"|"session"} name @param {string} key */
export function remove(name, key) {
  memory[name].delete(key);
  area(name)?.removeItem(key);
}

/** @param {"local"|"session"} name @param {string} prefix @returns {string[]} keys that start with it */
export function keys(name, prefix) {
  const found = new Set([...memory[name].keys()].filter((key) => key.startsWith(prefix)));
  const store = area(name);
  for (let n = 0; store && n < store.length; n += 1) {
    const key = store.key(n);
    if (key !== null && key.startsWith(prefix)) found.add(key);
  }
  return [...found];
}
