import type { CaseDeps } from './case-deps.ts'
import { Cut, type Fault, type Side } from './fault.ts'
import type { SimulatedProcess } from './process.ts'
import { type Scope, scopes } from './scope.ts'

function faultsOf({ call, definition }: Scope, side: Side): readonly Fault[] {
  const acts = call === 'do' && definition.effect !== 'read'
  if (side === 'before') {
    const some: readonly Fault[] = [
      'crash',
      'error',
      'hang',
      'stale',
      'resumed',
      'broken',
      'cancel',
    ]
    if (!acts || definition.kind === 'transact') return some
    return definition.policy.settlesMs > 0
      ? [...some, 'slow', 'late', 'crash_late']
      : [...some, 'slow']
  }
  if (call === 'find' || call === 'until' || !(acts || call === 'undo')) return ['crash', 'stale']
  const some: readonly Fault[] = ['crash', 'lost', 'hang', 'stale', 'resumed']
  return acts ? [...some, 'slow', 'cancel'] : some
}

/**
 * The world as a process of a case has it: what its methods do can be cut before and after, where
 * they give promises and a step calls them. What is not a plain object or a function is as it is.
 */
export function cutWorld<W>(deps: CaseDeps, process: SimulatedProcess, world: W): W {
  return cutMember(deps, process, '', world)
}

function cutMember<T>(deps: CaseDeps, process: SimulatedProcess, path: string, value: T): T {
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof name !== 'string') return member
      const way = path === '' ? name : `${path}.${name}`
      if (typeof member === 'function') {
        return (...args: unknown[]) =>
          cutCall(deps, process, way, () => Reflect.apply(member, target, args))
      }
      const fixed = Reflect.getOwnPropertyDescriptor(target, name)
      // A proxy must give what can never change as it is.
      if (fixed?.configurable === false && fixed.writable === false) return member
      return isPlain(member) ? cutMember(deps, process, way, member) : member
    },
  })
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return !(value instanceof Promise) && prototype !== Map.prototype && prototype !== Set.prototype
}

function cutCall(
  deps: CaseDeps,
  process: SimulatedProcess,
  method: string,
  invoke: () => unknown,
): unknown {
  process.assertThere()
  const scope = scopes.getStore()
  const { isAsync, callsWorld } = deps.knowledge
  if (scope === undefined) return outside(deps, invoke())
  if (isAsync.get(method) === false) return invoke()
  if (isAsync.has(method)) {
    callsWorld.set(scope.path, true)
    const inTurn = () => deps.activity.inTurn(async () => invoke())
    return cutHere(deps, scope, `${scope.path}.${method}`, inTurn)
  }
  const given = invoke()
  isAsync.set(method, isThenable(given))
  if (!isThenable(given)) return given
  callsWorld.set(scope.path, true)
  return cutHere(deps, scope, `${scope.path}.${method}`, () => given)
}

/** What no step has called, such as a schema of an input: it is under way, and never cut. */
function outside({ activity }: CaseDeps, given: unknown): unknown {
  return isThenable(given) ? activity.during(async () => given) : given
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}

/** Cuts a call before and after. */
export function cutHere(
  deps: CaseDeps,
  scope: Scope,
  what: string,
  invoke: () => unknown,
  isPoint?: () => boolean,
): Promise<unknown> {
  const { activity, points, broken } = deps
  const { process, path } = scope
  return activity.during(async () => {
    await process.gate()
    const visit = points.visit(what)
    if (broken.has(path)) throw new Cut(path, 'broken')
    const before = points.pass(visit, 'before', faultsOf(scope, 'before'), isPoint)
    await suffer(deps, scope, before, `${visit}:before`, invoke)
    const given = await invoke()
    await process.gate()
    const after = points.pass(visit, 'after', faultsOf(scope, 'after'), isPoint)
    await suffer(deps, scope, after, `${visit}:after`, invoke)
    return given
  })
}

async function suffer(
  deps: CaseDeps,
  { process, definition, path }: Scope,
  fault: Fault | undefined,
  point: string,
  invoke: () => unknown,
): Promise<void> {
  const { activity, lose, clock } = deps
  switch (fault) {
    case undefined:
      return
    case 'crash':
      lose(process, 'kill')
      return process.nothing()
    case 'crash_late':
      deps.landing((process.leaseUntil ?? clock.now()) + definition.policy.settlesMs / 2, invoke)
      lose(process, 'kill')
      return process.nothing()
    case 'late':
      deps.landing(clock.now() + definition.policy.settlesMs / 2, invoke)
      throw new Cut(point, fault)
    case 'hang':
      return process.nothing()
    case 'slow':
      await activity.held(deps.rest())
      return process.gate()
    case 'stale':
      lose(process, 'stop')
      return process.gate()
    case 'resumed':
      lose(process, 'stop for a moment')
      return process.gate()
    case 'cancel':
      return deps.cancel()
    case 'broken':
      if (!deps.isHealed()) deps.broken.add(path)
      throw new Cut(path, fault)
    default:
      throw new Cut(point, fault)
  }
}
