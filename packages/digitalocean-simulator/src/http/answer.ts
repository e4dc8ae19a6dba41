/** What a handler answers; no body for a 204. */
export interface Reply {
  readonly status: number
  readonly body?: unknown
  /** In the place of a body that is JSON. */
  readonly text?: { readonly type: string; readonly content: string }
}

/** A refusal in DigitalOcean's words. `request_id` is added where the answer leaves. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly id: string

  constructor(status: number, id: string, message: string) {
    super(message)
    this.status = status
    this.id = id
  }
}

export const notFound = () =>
  new ApiError(404, 'not_found', 'The resource you were accessing could not be found.')

export const unprocessable = (message: string) => new ApiError(422, 'unprocessable_entity', message)

export const conflict = (message: string) => new ApiError(409, 'conflict', message)

export const badRequest = (message: string) => new ApiError(400, 'bad_request', message)

export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unable to authenticate you')

export const forbidden = () =>
  new ApiError(403, 'Forbidden', 'You are not authorized to perform this operation')

export const tooManyRequests = () =>
  new ApiError(429, 'too_many_requests', 'API Rate limit exceeded.')

export const serverError = () => new ApiError(500, 'server_error', 'Unexpected server-side error')
