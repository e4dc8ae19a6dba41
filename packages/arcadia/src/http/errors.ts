import { InvalidInput, SagaError } from '@arcadia-cloud/saga'
import { HTTPException } from 'hono/http-exception'
import { AccessError } from '../access/index.ts'
import { AccountError } from '../accounts/index.ts'
import { DriftError, NameNotConfirmed } from '../drift/index.ts'
import { ProvisioningError, SpecRefused } from '../provisioning/index.ts'
import { type Fault, HttpProblem, type ProblemStatus } from './problem.ts'

/** What the features' errors mean to a client, by their code. What is not here is our own fault. */
const statuses: { readonly [code: string]: ProblemStatus } = {
  // Sagas.
  invalid_input: 422,
  unknown_kind: 422,
  unknown_step: 422,
  unstorable_value: 422,
  start_key_conflict: 409,
  act_refused: 409,
  run_not_found: 404,
  schedule_not_found: 404,
  // Accounts.
  account_not_found: 404,
  no_default_account: 422,
  frozen: 409,
  writes_disabled: 409,
  no_provisioning_token: 409,
  // What is asked for.
  resource_not_found: 404,
  resource_deleted: 409,
  spec_refused: 422,
  spec_moved: 409,
  owned_elsewhere: 409,
  // Drift.
  drift_not_found: 404,
  drift_act_refused: 409,
  drift_moved: 409,
  resource_locked: 409,
  name_not_confirmed: 422,
  // Access.
  token_not_found: 404,
  token_name_taken: 409,
  last_administrator: 409,
}

export interface ErrorReading {
  /** Whether an error means that the database does not answer for the moment. */
  readonly isTransient: (error: unknown) => boolean
}

/** Every error as the problem it is to a client; what we did not foresee is a 500 that says nothing. */
export function problemOf(error: unknown, { isTransient }: ErrorReading): HttpProblem {
  if (error instanceof HttpProblem) return error
  const known = knownProblem(error)
  if (known !== undefined) return known
  if (error instanceof HTTPException && error.status < 500) return refused(error)
  if (isTransient(error)) {
    return new HttpProblem(
      503,
      'database_unavailable',
      'The database does not answer for the moment, so nothing was done that this answer does not show. Try again; a start with an idempotency key is safe to repeat.',
      { cause: error, headers: { 'retry-after': '2' } },
    )
  }
  return new HttpProblem(
    500,
    'internal_error',
    'ArcadiaCloud failed to answer, through no fault of the request. The log says why, by the request id.',
    { cause: error },
  )
}

function knownProblem(error: unknown): HttpProblem | undefined {
  if (!isOurs(error)) return undefined
  const status = statuses[error.code]
  if (status === undefined) return undefined
  return new HttpProblem(status, error.code, error.message, {
    cause: error,
    errors: faultsIn(error),
  })
}

/** Only the features' own errors: a driver's error may carry a code, too. */
function isOurs(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof SagaError ||
    error instanceof AccountError ||
    error instanceof ProvisioningError ||
    error instanceof DriftError ||
    error instanceof AccessError
  )
}

function faultsIn(error: Error): readonly Fault[] {
  if (error instanceof InvalidInput) {
    return error.issues.map(({ path, message }) => ({ path: inputPath(path), message }))
  }
  if (error instanceof SpecRefused) {
    return error.problems.map(({ field, message }) => ({ path: `spec.${field}`, message }))
  }
  if (error instanceof NameNotConfirmed) return [{ path: 'confirm_name', message: error.message }]
  return []
}

/**
 * Does what checks one member of what was sent, other than its input: faults are said to be there.
 * @throws HttpProblem 422 for what is not valid
 */
export async function checkingMember<T>(member: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    const errors = error.issues.map(({ path, message }) => ({
      path: path === '' ? member : `${member}.${path}`,
      message,
    }))
    throw new HttpProblem(422, error.code, error.message, { cause: error, errors })
  }
}

/** The engine checks the member `input` of what was sent, or `steps` beside it. */
function inputPath(path: string): string {
  if (path === '') return 'input'
  return path === 'kind' || path === 'steps' ? path : `input.${path}`
}

/** What the framework itself refuses. */
function refused(error: HTTPException): HttpProblem {
  const message = error.message === '' ? 'the request cannot be read' : error.message
  return new HttpProblem(400, 'bad_request', message, { cause: error })
}
