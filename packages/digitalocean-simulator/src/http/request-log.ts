import { matchesPath } from '../faults/pattern.ts'

/** One API request, without its token and its body. */
export interface LoggedRequest {
  readonly id: number
  /** As the answer's `x-request-id` has it. */
  request_id: string | null
  readonly time: string
  readonly method: string
  readonly path: string
  readonly query: string
  /** The operation that it was for, such as `GET /v2/droplets/:droplet`; null when none was meant. */
  route: string | null
  /** What was answered; null when the connection was cut before an answer, or none is due yet. */
  status: number | null
  /** Whether the request changed anything. */
  applied: boolean
  /** Whether the whole answer was handed to the client's connection. */
  answered: boolean
  /** Whether the simulator knows the operation. */
  simulated: boolean
  /** The faults that fired on it. */
  faults: readonly string[]
}

const mostKept = 10_000

/** The last requests, for tests that count them. */
export class RequestLog {
  #requests: LoggedRequest[] = []
  #total = 0

  begin(method: string, url: URL, now: number): LoggedRequest {
    this.#total++
    const request: LoggedRequest = {
      id: this.#total,
      request_id: null,
      time: new Date(now).toISOString(),
      method,
      path: url.pathname,
      query: url.search,
      route: null,
      status: null,
      applied: false,
      answered: false,
      simulated: true,
      faults: [],
    }
    this.#requests.push(request)
    // In slices, since dropping one at a time from the front of a long array is slow.
    if (this.#requests.length > 1.1 * mostKept) this.#requests = this.#requests.slice(-mostKept)
    return request
  }

  /** Those that match, oldest first; `total` counts the ones that have been dropped too. */
  find(method: string | undefined, path: string | undefined) {
    const requests = this.#requests.filter(
      (request) =>
        (method === undefined || request.method === method.toUpperCase()) &&
        (path === undefined || matchesPath(path, request.path)),
    )
    return { count: requests.length, total: this.#total, requests }
  }

  clear(): void {
    this.#requests = []
    this.#total = 0
  }
}
