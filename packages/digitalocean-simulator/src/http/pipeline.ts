import type { Fault } from '../faults/registry.ts'
import type { ActionFate } from '../resources/action-record.ts'
import type { Simulation } from '../simulation.ts'
import type { Access } from './access.ts'
import { ApiError, notFound, type Reply, serverError, tooManyRequests } from './answer.ts'
import { parseJson } from './body.ts'
import {
  errorMessage,
  faultMessage,
  hangUp,
  type Message,
  messageOf,
  type Outcome,
} from './outcome.ts'
import type { LoggedRequest } from './request-log.ts'
import type { Route } from './route.ts'

/** An API request as it came in. */
export interface Incoming {
  readonly url: URL
  readonly authorization: string | undefined
  readonly text: string
  readonly params: Readonly<Record<string, string>>
  /** What it is for; null when nothing here is. */
  readonly route: Route | null
  readonly logged: LoggedRequest
}

interface Handled {
  readonly message: Message
  readonly applied: boolean
}

/**
 * Takes a request through everything that can happen to it, in this order: token, rate limit,
 * faults before the change, the change, the disk, faults after the change.
 */
export async function answerRequest(simulation: Simulation, incoming: Incoming): Promise<Outcome> {
  const { logged } = incoming
  const requestId = simulation.world.random.uuid('request', simulation.world.time.now(), logged.id)
  logged.request_id = requestId
  let headers: Readonly<Record<string, string>> = { 'x-request-id': requestId }
  try {
    const access = simulation.tokens.authenticate(incoming.authorization)
    const admission = simulation.rateLimiter.admit(access.token, simulation.world.time.now())
    headers = { ...headers, ...admission.headers }
    if (!admission.admitted) throw tooManyRequests()
    return withHeaders(await carryOut(simulation, incoming, access, requestId), headers)
  } catch (error) {
    const message = errorMessage(toApiError(simulation, error), requestId)
    return withHeaders({ end: 'answer', message }, headers)
  }
}

async function carryOut(
  simulation: Simulation,
  incoming: Incoming,
  access: Access,
  requestId: string,
): Promise<Outcome> {
  const { url, logged } = incoming
  const body = parseJson(incoming.text)
  const faults = simulation.faults.claim({ method: logged.method, url, body })
  logged.faults = faults.map((fault) => fault.id)
  const early = await suffer(simulation, faults, 'before', requestId)
  if (early) return early
  const { message, applied } = await handle(simulation, incoming, access, body, faults, requestId)
  logged.applied = applied
  const late = await suffer(simulation, faults, 'after', requestId)
  if (late) return late
  const cut = faults.some((fault) => fault.order.kind === 'cut')
  return { end: cut ? 'cut' : 'answer', message }
}

/** Lets the faults of one side of the change happen; what ends the request is returned. */
async function suffer(
  simulation: Simulation,
  faults: readonly Fault[],
  side: 'before' | 'after',
  requestId: string,
): Promise<Outcome | null> {
  for (const fault of faults) {
    const { order } = fault
    if (order.kind === 'latency' && side === 'before') await simulation.world.time.sleep(order.ms)
    if (order.kind === 'hold' && order.when === side && (await fault.hold()) === 'drop')
      return hangUp
    if (order.kind === 'refused' && side === 'before') return hangUp
    if (order.kind === 'lost' && side === 'after') return hangUp
    if (order.kind === 'error' && order.when === side) {
      const message = faultMessage(order.status, order.body, order.headers, requestId)
      return { end: 'answer', message }
    }
  }
  return null
}

/** The change itself, on disk when this returns. A refusal is an answer too, and changes nothing. */
async function handle(
  simulation: Simulation,
  incoming: Incoming,
  access: Access,
  body: unknown,
  faults: readonly Fault[],
  requestId: string,
): Promise<Handled> {
  let handled: Handled
  try {
    const { value, changed } = change(simulation, incoming, access, body, faults)
    handled = { message: messageOf(value), applied: changed }
  } catch (error) {
    const message = errorMessage(toApiError(simulation, error), requestId)
    handled = { message, applied: false }
  }
  await simulation.store.durable()
  return handled
}

function change(
  simulation: Simulation,
  incoming: Incoming,
  access: Access,
  body: unknown,
  faults: readonly Fault[],
) {
  const { route } = incoming
  if (!route) throw notFound()
  access.require(...route.scopes)
  const now = simulation.now()
  const decisive = faults.find(({ order }) => order.kind === 'stuck' || order.kind === 'errored')
  return simulation.store.change<Reply>((tx) =>
    route.handle({
      tx,
      world: simulation.world,
      now,
      url: incoming.url,
      params: incoming.params,
      body,
      access,
      fate: fateOf(decisive),
      begun: (actionId) => decisive?.noteAction(actionId),
      hideYoungerMs: hiddenBy(faults),
    }),
  )
}

function fateOf(fault: Fault | undefined): ActionFate {
  if (fault?.order.kind === 'stuck') return 'stuck'
  return fault ? 'errored' : 'complete'
}

function hiddenBy(faults: readonly Fault[]): number {
  return Math.max(0, ...faults.map(({ order }) => (order.kind === 'lag' ? order.ms : 0)))
}

function toApiError(simulation: Simulation, error: unknown): ApiError {
  if (error instanceof ApiError) return error
  simulation.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return serverError()
}

function withHeaders(outcome: Outcome, headers: Readonly<Record<string, string>>): Outcome {
  if (outcome.end === 'hang-up') return outcome
  const { message } = outcome
  return { end: outcome.end, message: { ...message, headers: { ...headers, ...message.headers } } }
}
