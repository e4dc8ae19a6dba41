import { FaultRegistry } from './faults/registry.ts'
import { seedFleet } from './fleet/fleet.ts'
import { type TokenGrant, Tokens } from './http/access.ts'
import { RateLimiter, type RateLimits } from './http/rate-limit.ts'
import { RequestLog } from './http/request-log.ts'
import type { World } from './http/route.ts'
import type { Log } from './log.ts'
import { paceFrom, reschedule } from './resources/pace.ts'
import { addDefaultProject } from './resources/projects/project-membership.ts'
import { settle } from './resources/settlement.ts'
import { addDefaultVpcs } from './resources/vpcs/vpc-life.ts'
import type { Store } from './store/store.ts'
import type { Speed } from './time.ts'

/** What a simulation starts from, and a reset goes back to. */
export interface Beginnings {
  /** How many resources an empty account is filled with. */
  readonly resources: number
  readonly tokens: readonly TokenGrant[] | null
  readonly speed: Speed
  readonly rateLimits: RateLimits | null
}

const clockOffset = 'clock-offset-ms'

/** All that one running simulator consists of. */
export class Simulation {
  readonly store: Store
  readonly world: World
  readonly log: Log
  readonly tokens = new Tokens()
  readonly faults: FaultRegistry
  readonly requests = new RequestLog()
  readonly rateLimiter: RateLimiter
  readonly #beginnings: Beginnings

  constructor(store: Store, world: World, beginnings: Beginnings, log: Log) {
    this.store = store
    this.world = world
    this.log = log
    this.#beginnings = beginnings
    this.faults = new FaultRegistry(world.random)
    this.rateLimiter = new RateLimiter(beginnings.rateLimits)
    this.tokens.declare(beginnings.tokens)
    if (store.isNew) this.#fill(beginnings.resources)
    else this.#resume()
  }

  /** The time, after all that was due by it has happened. */
  now(): number {
    const now = this.world.time.now()
    this.store.change((tx) => settle(tx, this.world, now))
    return now
  }

  /** Moves the simulated time forward, for good. */
  advance(ms: number): void {
    const value = this.world.time.offsetMs + ms
    this.store.change((tx) => tx.put(tx.tables.settings, { id: clockOffset, value }))
    this.world.time.offsetMs = value
  }

  /** Changes how fast actions run and lags pass, those under way too. */
  setSpeed(speed: Speed): void {
    const pace = paceFrom(this.now(), slowdown(this.world.time.speed, speed))
    this.store.change((tx) => reschedule(tx, pace))
    this.world.time.speed = speed
  }

  /** Goes back to the start: state, time, tokens, faults, limits and the log of requests. */
  reset(resources: number = this.#beginnings.resources): void {
    this.faults.clear('drop')
    this.requests.clear()
    this.rateLimiter.clear()
    this.tokens.declare(this.#beginnings.tokens)
    this.world.time.offsetMs = 0
    this.world.time.speed = this.#beginnings.speed
    this.#fill(resources)
  }

  #resume(): void {
    const { tables } = this.store
    this.world.time.offsetMs = tables.settings.get(clockOffset)?.value ?? 0
    // A data folder may be older than projects are here.
    if (tables.projects.size === 0) {
      this.store.change((tx) => addDefaultProject(tx, this.world, this.world.time.now()))
    }
    // Nor need it know of networks.
    if (tables.vpcs.size === 0) {
      this.store.change((tx) => addDefaultVpcs(tx, this.world, this.world.time.now()))
    }
    // What was under way at another speed would otherwise take what it was to take.
    if (this.world.time.speed === 'immediate') this.setSpeed('immediate')
  }

  #fill(resources: number): void {
    const now = this.world.time.now()
    this.store.reset((tx) => {
      // Said even of an empty account: it shall not be filled at the next start.
      tx.put(tx.tables.settings, { id: 'seeded', value: resources })
      addDefaultProject(tx, this.world, now)
      if (resources > 0) seedFleet(tx, this.world, resources, now)
      addDefaultVpcs(tx, this.world, now)
    })
  }
}

/** How many times longer what is under way takes at another speed. */
function slowdown(before: Speed, after: Speed): number {
  if (after === 'immediate') return 0
  // At once is at once: nothing is left that could take longer.
  return before === 'immediate' ? 1 : before / after
}
