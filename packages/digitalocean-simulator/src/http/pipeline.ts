import { corrupt } from '../faults/corruption.ts'
import type { Blow } from '../faults/registry.ts'
import type { ActionFate } from '../resources/actions/action-record.ts'
import type { Simulation } from '../simulation.ts'
import { type Access, unrestricted } from './access.ts'
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

/** What an API request asks for. */
interface Asked {
  readonly url: URL
  /** A header, by its name in any case. */
  readonly header: (name: string) => string | undefined
  readonly text: string
  readonly params: Readonly<Record<string, string>>
  /** What it is for; null when nothing here is. */
  readonly route: Route | null
}

/** An API request as it came in. */
export interface Incoming extends Asked {
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
    const access = simulation.tokens.authenticate(incoming.header('authorization'))
    const admission = simulation.rateLimiter.admit(access.token, simulation.world.time.now())
    headers = { ...headers, ...admission.headers }
    if (!admission.admitted) throw tooManyRequests()
    return withHeaders(await carryOut(simulation, incoming, access, requestId), headers)
  } catch (error) {
    const message = errorMessage(toApiError(simulation, error), requestId)
    return withHeaders({ end: 'answer', message }, headers)
  }
}

/**
 * What a request does and is answered when nobody makes it: it needs no token, counts against no
 * limit, meets no fault, and is not logged.
 */
export async function answerNobody(
  simulation: Simulation,
  asked: Asked & { readonly method: string },
): Promise<Message> {
  const { random, time } = simulation.world
  const requestId = random.uuid('nobody', time.now(), asked.method, asked.url.href)
  try {
    const body = parseJson(asked.text)
    return (await handle(simulation, asked, unrestricted, body, [], requestId)).message
  } catch (error) {
    return errorMessage(toApiError(simulation, error), requestId)
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
  const blows = simulation.faults.claim({ method: logged.method, url, body })
  logged.faults = [...new Set(blows.map(({ fault }) => fault.id))]
  const early = await suffer(simulation, blows, 'before', requestId)
  if (early) return early
  const handled = await handle(simulation, incoming, access, body, blows, requestId)
  logged.applied = handled.applied
  const late = await suffer(simulation, blows, 'after', requestId)
  if (late) return late
  return deliver(spoiled(handled.message, blows, incoming), blows)
}

/** Lets the faults of one side of the change happen; what ends the request is returned. */
async function suffer(
  simulation: Simulation,
  blows: readonly Blow[],
  side: 'before' | 'after',
  requestId: string,
): Promise<Outcome | null> {
  for (const { fault, effect } of blows) {
    if (effect.kind === 'refused' && side === 'before') return hangUp
    if (effect.kind === 'lost' && side === 'after') return hangUp
    if (!('when' in effect) || effect.when !== side) continue
    if (effect.kind === 'latency') await simulation.world.time.sleep(effect.ms)
    if (effect.kind === 'hold' && (await fault.hold()) === 'drop') return hangUp
    if (effect.kind === 'error') {
      const message = faultMessage(effect.status, effect.body, effect.headers, requestId)
      return { end: 'answer', message }
    }
  }
  return null
}

/** An answer as it would be if it were older, or wrong. */
function spoiled(message: Message, blows: readonly Blow[], { url, logged }: Incoming): Message {
  return blows.reduce((current, { fault, effect }) => {
    if (effect.kind === 'stale' && logged.method === 'GET' && current.status === 200) {
      return fault.firstAnswer(url.href, current)
    }
    return effect.kind === 'corrupt' ? corrupt(current, effect.how, url.href) : current
  }, message)
}

function deliver(message: Message, blows: readonly Blow[]): Outcome {
  const stalling = blows.find(({ effect }) => effect.kind === 'stall')
  // What has no body has no middle.
  if (stalling && message.text !== null)
    return { end: 'stall', message, release: stalling.fault.hold() }
  const cut = blows.some(({ effect }) => effect.kind === 'cut')
  return { end: cut ? 'cut' : 'answer', message }
}

/** The change itself, on disk when this returns. A refusal is an answer too, and changes nothing. */
async function handle(
  simulation: Simulation,
  asked: Asked,
  access: Access,
  body: unknown,
  blows: readonly Blow[],
  requestId: string,
): Promise<Handled> {
  let handled: Handled
  try {
    const { value, changed } = change(simulation, asked, access, body, blows)
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
  asked: Asked,
  access: Access,
  body: unknown,
  blows: readonly Blow[],
) {
  const { route } = asked
  if (!route) throw notFound()
  access.require(...route.scopes)
  const now = simulation.now()
  const decisive = blows.find(({ effect }) => effect.kind === 'stuck' || effect.kind === 'errored')
  return simulation.store.change<Reply>((tx) =>
    route.handle({
      tx,
      world: simulation.world,
      now,
      url: asked.url,
      params: asked.params,
      header: asked.header,
      body,
      access,
      fate: fateOf(decisive),
      begun: (actionId) => decisive?.fault.noteAction(actionId),
      hideYoungerMs: hiddenBy(blows),
    }),
  )
}

function fateOf(blow: Blow | undefined): ActionFate {
  if (blow?.effect.kind === 'stuck') return 'stuck'
  return blow ? 'errored' : 'complete'
}

function hiddenBy(blows: readonly Blow[]): number {
  return Math.max(0, ...blows.map(({ effect }) => (effect.kind === 'lag' ? effect.ms : 0)))
}

function toApiError(simulation: Simulation, error: unknown): ApiError {
  if (error instanceof ApiError) return error
  simulation.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return serverError()
}

function withHeaders(outcome: Outcome, headers: Readonly<Record<string, string>>): Outcome {
  if (outcome.end === 'hang-up') return outcome
  const { message } = outcome
  return { ...outcome, message: { ...message, headers: { ...headers, ...message.headers } } }
}
