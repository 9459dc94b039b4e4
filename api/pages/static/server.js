/* Calls to the API: the key, a time limit, and what went wrong in one shape. */

const PATIENCE = 8000;

/** status: the HTTP status, 0 where the server could not be reached. */
export class ServerError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** The API behind this page. `key` may be changed at any time; "" sends none. */
export class Server {
  constructor(key = "") {
    this.key = key;
    this.onkey = () => {};
  }

  /** The answer to a question. Raises ServerError; where `signal` aborts, the browser's AbortError. */
  suggest(question, signal) {
    return this.call("POST", "v1/suggestions", { body: question, signal });
  }

  /** An article of the served generation. */
  article(id, signal) {
    return this.call("GET", `v1/articles/${id.split("/").map(encodeURIComponent).join("/")}`, { signal });
  }

  /** A reader of text that comes as it is written. Raises ServerError. */
  async stream(path, signal) {
    const response = await fetch(path, { headers: this.headers(), signal, cache: "no-store", credentials: "same-origin" });
    if (!response.ok) {
      await response.body?.cancel();
      throw new ServerError(response.status, response.statusText);
    }
    return response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** One call. keepalive: it may outlive the page. */
  async call(method, path, { body, signal, keepalive = false } = {}) {
    const ours = new AbortController();
    const given_up = setTimeout(() => ours.abort(), PATIENCE);
    const passOn = () => ours.abort();
    signal?.addEventListener("abort", passOn);
    if (signal?.aborted) ours.abort();
    try {
      const response = await fetch(path, {
        method,
        headers: this.headers(body),
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: ours.signal,
        cache: "no-store",
        credentials: "same-origin",
        keepalive,
      });
      return await this.read(response);
    } catch (error) {
      if (signal?.aborted) throw new DOMException("a newer question came", "AbortError");
      throw error instanceof ServerError ? error : new ServerError(0, String(error.message ?? error));
    } finally {
      clearTimeout(given_up);
      signal?.removeEventListener("abort", passOn);
    }
  }

  headers(body) {
    const headers = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (this.key !== "") headers.Authorization = `Bearer ${this.key}`;
    return headers;
  }

  async read(response) {
    if (response.status === 204) return null;
    const said = await response.text();
    let read = null;
    try {
      read = said === "" ? null : JSON.parse(said);
    } catch {
      // A proxy's own page, not an answer of ours.
      if (response.ok) throw new ServerError(502, "the answer is no JSON");
    }
    if (response.ok) return read;
    if (response.status === 401) this.onkey(this.key !== "");
    const fields = (read?.fields ?? []).map((field) => `${field.field}: ${field.message}`).join("; ");
    throw new ServerError(response.status, fields || read?.error || response.statusText);
  }
}
