// What went wrong, in the gateway's own words (RFC 9457), or in the browser's where it said none.

export class Problem extends Error {
  /**
   * @param {number} status of HTTP; 0 where no answer came.
   * @param {string} detail what came and what was wanted.
   * @param {{title?: string, requestId?: string, retryAfterS?: number|null}} more
   */
  constructor(status, detail, more = {}) {
    super(detail);
    this.status = status;
    this.title = more.title ?? "";
    this.requestId = more.requestId ?? "";
    this.retryAfterS = more.retryAfterS ?? null;
  }

  /** Whether the same request may succeed later. */
  get mayPass() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** The field of the form that it is about: "label_map", "api_key", or "image". */
  get field() {
    if (this.status === 401) return "api_key";
    const isAboutLabels = this.status === 400 || this.status === 422;
    return isAboutLabels && /label[ _]map/i.test(this.message) ? "label_map" : "image";
  }
}

/**
 * The problem that an answer is.
 * @param {number} status
 * @param {string} body as it came.
 * @param {string|null} retryAfter the header, in seconds.
 */
export function problemOf(status, body, retryAfter) {
  const retryAfterS = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  try {
    const { detail, title, request_id: requestId } = JSON.parse(body);
    if (detail) return new Problem(status, detail, { title, requestId, retryAfterS });
  } catch {
    // Not the gateway's: a proxy's page, for example.
  }
  return new Problem(status, `the answer was status ${status} without an explanation`, {
    retryAfterS,
  });
}

/** The problem of an answer that came from something in between: a proxy's page, for example. */
export function notTheGateways(status, wanted) {
  return new Problem(status, `the answer is not the gateway's: ${wanted} is expected`, {
    title: "Not the gateway",
  });
}

/** The problem of a request that got no answer at all. */
export function noAnswer() {
  return new Problem(0, "no answer came: the gateway is away, or the network is", {
    title: "No answer",
  });
}
