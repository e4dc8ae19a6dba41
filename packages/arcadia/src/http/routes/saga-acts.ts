import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../deps.ts'
import { checkingMember } from '../errors.ts'
import type { Guard } from '../guard.ts'
import { anyObject, givenJson, idPath } from '../pages.ts'
import { answer, guarded, json, newRoutes, problems } from '../route.ts'
import { sagaSchema, sagaView } from '../schemas/saga.ts'

// All acts need what a start needs: who may delete a droplet may say how its saga goes on, too.

const tags = ['Sagas']

const reason = z
  .string()
  .min(1)
  .max(2_000)
  .openapi({ description: 'Why; it stands in the history of the saga.' })

const step = z
  .string()
  .min(1)
  .max(63)
  .optional()
  .openapi({ description: 'Which step is meant, where several wait.' })

const payload = givenJson.optional()

const reasoned = z
  .strictObject({ reason })
  .openapi('Reason', { example: { reason: 'the cloud has lost the action' } })

const approvalBody = z
  .strictObject({ step, payload })
  .openapi('Approval', { example: { step: 'approve_resize' } })

const rejectionBody = z
  .strictObject({ step, reason })
  .openapi('Rejection', { example: { reason: 'not during the sale' } })

const signalBody = z
  .strictObject({ name: z.string().min(1).max(63), payload })
  .openapi('SagaSignal', { example: { name: 'dns_moved', payload: { zone: 'example.com' } } })

const resolutionBody = z
  .strictObject({
    reason,
    output: anyObject
      .optional()
      .openapi({ description: 'On the way forward: what the step would have given.' }),
  })
  .openapi('Resolution', {
    example: { reason: 'made by hand', output: { snapshot_id: '118423' } },
  })

const rollbackBody = z
  .strictObject({ reason: reason.optional() })
  .openapi('Rollback', { example: { reason: 'it was the wrong droplet' } })

const asWhenStarted =
  'Where the saga would go on to change a cloud, it is refused (409 `writes_disabled`, `frozen`) while that may not be, as a start is. '

const responses = {
  202: answer('It was asked; the saga as it is now.', sagaSchema),
  ...problems.id,
  ...problems.state,
}

const cancel = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas/{id}/cancel',
  operationId: 'cancelSaga',
  summary: 'Ask a saga to stop and go back',
  tags,
  request: { params: idPath },
  responses,
})

const approve = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas/{id}/approve',
  operationId: 'approveSaga',
  summary: 'Let a saga that waits for an approval go on',
  description: `${asWhenStarted}\`payload\` is what the step asks to be sent along.`,
  tags,
  request: { params: idPath, body: { required: false, ...json(approvalBody) } },
  responses: { ...responses, ...problems.body },
})

const reject = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas/{id}/reject',
  operationId: 'rejectSaga',
  summary: 'Turn an approval down: the saga goes back',
  tags,
  request: { params: idPath, body: { required: true, ...json(rejectionBody) } },
  responses: { ...responses, ...problems.body },
})

const signal = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas/{id}/signal',
  operationId: 'signalSaga',
  summary: 'Send a saga what its step of this name waits for, or will wait for',
  description: `${asWhenStarted}One that is sent before its step has begun is kept for it.`,
  tags,
  request: { params: idPath, body: { required: true, ...json(signalBody) } },
  responses: { ...responses, ...problems.body },
})

const park = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas/{id}/park',
  operationId: 'parkSaga',
  summary: 'Stop a saga where it is, until somebody says how it goes on',
  description: 'The calls under way end first.',
  tags,
  request: { params: idPath, body: { required: true, ...json(reasoned) } },
  responses: { ...responses, ...problems.body },
})

const retry = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas/{id}/retry',
  operationId: 'retrySaga',
  summary: 'Let a parked saga try again what it got stuck at',
  description: `${asWhenStarted}On the way back it is accepted, and waits until it may, as every undo does.`,
  tags,
  request: { params: idPath },
  responses,
})

const skip = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas/{id}/skip',
  operationId: 'skipSagaStep',
  summary: 'Let a parked saga leave out what it got stuck at',
  description: `On the way forward you say with it that nothing of the step is out there. On the way back its effect stays, and the saga ends \`failed\`, naming it. ${asWhenStarted}`,
  tags,
  request: { params: idPath, body: { required: true, ...json(reasoned) } },
  responses: { ...responses, ...problems.body },
})

const resolve = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas/{id}/resolve',
  operationId: 'resolveSagaStep',
  summary: 'Say that what a parked saga got stuck at was dealt with by hand',
  description: `On the way forward the step is done, and gave \`output\`. On the way back its effect is gone. ${asWhenStarted}`,
  tags,
  request: { params: idPath, body: { required: true, ...json(resolutionBody) } },
  responses: { ...responses, ...problems.body },
})

const abandon = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas/{id}/abandon',
  operationId: 'abandonSaga',
  summary: 'End a parked saga as failed, naming what it leaves behind',
  tags,
  request: { params: idPath, body: { required: true, ...json(reasoned) } },
  responses: { ...responses, ...problems.body },
})

const rollback = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas/{id}/rollback',
  operationId: 'rollBackSaga',
  summary: 'Take back a completed saga',
  description: `Refused once it has passed a point of no return, and for a part of another saga. ${asWhenStarted}`,
  tags,
  request: { params: idPath, body: { required: false, ...json(rollbackBody) } },
  responses: { ...responses, ...problems.body },
})

type Acting = Pick<ApiDeps, 'operating'>

/** What is said to a saga, and what is done with one, by whoever is asked for it. */
export function sagaActRoutes(deps: Acting, guard: Guard) {
  return newRoutes()
    .route('/', courseRoutes(deps, guard))
    .route('/', answerRoutes(deps, guard))
    .route('/', parkedRoutes(deps, guard))
}

/** Which way any saga goes. */
function courseRoutes({ operating }: Acting, guard: Guard) {
  return newRoutes()
    .openapi(guard(cancel), async (context) => {
      const { actor } = context.get('caller')
      const run = await operating.cancel(context.req.valid('param').id, { actor })
      return context.json(sagaView(run), 202)
    })
    .openapi(guard(park), async (context) => {
      const { actor } = context.get('caller')
      const { reason } = context.req.valid('json')
      const run = await operating.park(context.req.valid('param').id, { actor, reason })
      return context.json(sagaView(run), 202)
    })
    .openapi(guard(rollback), async (context) => {
      const { actor } = context.get('caller')
      const { reason } = context.req.valid('json')
      const run = await operating.rollBack(context.req.valid('param').id, {
        actor,
        ...(reason === undefined ? {} : { reason }),
      })
      return context.json(sagaView(run), 202)
    })
}

/** What a saga waits for. */
function answerRoutes({ operating }: Acting, guard: Guard) {
  return newRoutes()
    .openapi(guard(approve), async (context) => {
      const { actor } = context.get('caller')
      const { step, payload } = context.req.valid('json')
      const { id } = context.req.valid('param')
      const options = { actor, payload, ...(step === undefined ? {} : { step }) }
      const run = await checkingMember('payload', () => operating.approve(id, options))
      return context.json(sagaView(run), 202)
    })
    .openapi(guard(reject), async (context) => {
      const { actor } = context.get('caller')
      const { step, reason } = context.req.valid('json')
      const run = await operating.reject(context.req.valid('param').id, {
        actor,
        reason,
        ...(step === undefined ? {} : { step }),
      })
      return context.json(sagaView(run), 202)
    })
    .openapi(guard(signal), async (context) => {
      const { actor } = context.get('caller')
      const { name, payload } = context.req.valid('json')
      const { id } = context.req.valid('param')
      const options = { actor, payload }
      const run = await checkingMember('payload', () => operating.signal(id, name, options))
      return context.json(sagaView(run), 202)
    })
}

/** How a parked saga goes on. */
function parkedRoutes({ operating }: Acting, guard: Guard) {
  return newRoutes()
    .openapi(guard(retry), async (context) => {
      const { actor } = context.get('caller')
      const run = await operating.retry(context.req.valid('param').id, { actor })
      return context.json(sagaView(run), 202)
    })
    .openapi(guard(skip), async (context) => {
      const { actor } = context.get('caller')
      const { reason } = context.req.valid('json')
      const run = await operating.skip(context.req.valid('param').id, { actor, reason })
      return context.json(sagaView(run), 202)
    })
    .openapi(guard(resolve), async (context) => {
      const { actor } = context.get('caller')
      const { reason, output } = context.req.valid('json')
      const { id } = context.req.valid('param')
      const options = { actor, reason, output }
      const run = await checkingMember('output', () => operating.resolve(id, options))
      return context.json(sagaView(run), 202)
    })
    .openapi(guard(abandon), async (context) => {
      const { actor } = context.get('caller')
      const { reason } = context.req.valid('json')
      const run = await operating.abandon(context.req.valid('param').id, { actor, reason })
      return context.json(sagaView(run), 202)
    })
}
