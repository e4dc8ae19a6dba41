import type { StepCall } from '../decision.ts'
import type { Outcome } from '../settle.ts'
import { type Behaviour, type Landing, threw } from './behaviour.ts'
import { settlesMs } from './planned.ts'

/** Something that a step has made in the world. */
export interface Effect {
  readonly receipt: number
  /** It came to light when its absence may have been believed. */
  readonly late: boolean
  /** And somebody says so. */
  readonly reported: boolean
  /** And somebody has said that it may come. */
  readonly doubted: boolean
  readonly attempt: number
  /** Of the claim that made it. */
  readonly epoch: number
}

/** What is known of an effect when it is made. */
export type Made = Pick<Effect, 'receipt' | 'attempt' | 'epoch'>

interface Arrival {
  readonly at: number
  readonly effect: Effect
}

/** That a call may have had an effect, and when that is said. */
interface Doubt {
  readonly at: number
  readonly made: Made
}

const spellMs = 60_000

/** What a step has to do with in the world: the effects under its key, and how calls are answered. */
export class StepWorld {
  effects: readonly Effect[] = []
  arrivals: readonly Arrival[] = []
  doubts: readonly Doubt[] = []
  /** The last effect there was, standing or not. */
  latest: Effect | undefined
  /** Since when the outcome of a `do` is unknown, as the world knows it. */
  unclearSince: number | null = null
  #behaves: readonly Behaviour[]
  #slowUntil = 0
  #silentUntil = 0
  readonly #unique: boolean

  /** @param unique a second effect under the same key is the first one */
  constructor(behaves: readonly Behaviour[], unique: boolean) {
    this.#behaves = behaves
    this.#unique = unique
  }

  /** How the next call is answered. */
  draw(now: number): Behaviour {
    const [behaviour = 'ok', ...rest] = this.#behaves
    this.#behaves = rest
    if (behaviour === 'slow') this.#slowUntil = now + spellMs
    if (behaviour === 'silent') this.#silentUntil = now + spellMs
    return behaviour
  }

  /** Goes on where another has come to: a child is started again in the same world. */
  follow(before: StepWorld): void {
    this.#behaves = before.#behaves
    this.#slowUntil = before.#slowUntil
    this.#silentUntil = before.#silentUntil
  }

  /** From now on everything is answered, and well. */
  heal(): void {
    this.#behaves = []
    this.#slowUntil = 0
    this.#silentUntil = 0
  }

  /** @param since the last moment the call could have left */
  land(landing: Landing, made: Made, since: number, report: boolean): void {
    switch (landing) {
      case 'never':
        return
      case 'now':
        this.stand({ ...made, late: false, reported: report, doubted: false })
        return
      case 'lagging':
        this.#arrive(since + settlesMs - 1, {
          ...made,
          late: false,
          reported: report,
          doubted: false,
        })
        return
      case 'late':
        this.#arrive(since + settlesMs + 5_000, {
          ...made,
          late: true,
          reported: true,
          doubted: false,
        })
        return
      case 'silent':
        this.#arrive(since + settlesMs + 5_000, {
          ...made,
          late: true,
          reported: false,
          doubted: false,
        })
        return
      case 'doubtful':
      case 'doubtful in vain':
        throw new RangeError('a doubt is told by somebody')
    }
  }

  stand(effect: Effect): void {
    this.latest = effect
    if (this.#unique && this.effects.length > 0) return
    this.effects = [...this.effects, effect]
  }

  #arrive(at: number, effect: Effect): void {
    this.arrivals = [...this.arrivals, { at, effect }]
  }

  /** The worker that made the call comes back at `at`; what it sent shows `afterMs` later, if at all. */
  doubt(at: number, made: Made, afterMs: number | null): void {
    this.doubts = [...this.doubts, { at, made }]
    if (afterMs === null) return
    this.#arrive(at + afterMs, { ...made, late: true, reported: false, doubted: true })
  }

  /** The doubts that are told by now. */
  doubted(now: number): readonly Made[] {
    const due = this.doubts.filter(({ at }) => at <= now)
    if (due.length > 0) this.doubts = this.doubts.filter(({ at }) => at > now)
    return due.map(({ made }) => made)
  }

  /** The effects that have come to light by now. */
  arrived(now: number): readonly Effect[] {
    const due = this.arrivals.filter(({ at }) => at <= now).map(({ effect }) => effect)
    if (due.length > 0) this.arrivals = this.arrivals.filter(({ at }) => at > now)
    for (const effect of due) this.stand(effect)
    return due
  }

  /** By hand: nothing of it is out there, or under way unless somebody will say so. */
  clear(): void {
    this.effects = []
    this.arrivals = this.arrivals.filter(({ effect }) => effect.reported)
    this.unclearSince = null
  }

  /** By hand: of several effects the one of this receipt stays. */
  keep(receipt: unknown): void {
    const kept = this.effects.find((effect) => effect.receipt === receipt) ?? this.effects[0]
    this.clear()
    if (kept !== undefined) this.stand({ ...kept, late: false })
  }

  /** How a look or an undo is answered. */
  look(call: Exclude<StepCall, 'do'>, behaviour: Behaviour, now: number): Outcome {
    if (behaviour === 'not called') return { type: 'not_called' }
    if (now < this.#silentUntil) return threw('unknown', true)
    if (now < this.#slowUntil && call !== 'find') return { type: 'not_yet' }
    if (behaviour === 'fails') return threw('unknown', false)
    if (behaviour === 'fails for now') return threw('unknown', true)
    if (behaviour.startsWith('unclear')) {
      if (call === 'undo' && behaviour === 'unclear, done') this.effects = []
      return threw('unknown', true)
    }
    switch (call) {
      case 'find':
        return this.#find(behaviour, now)
      case 'until':
        if (this.effects.length === 0) return { type: 'not_yet' }
        return behaviour === 'unusable' ? unusable(null) : { type: 'returned', value: {} }
      case 'undo':
        this.effects = []
        return { type: 'returned', value: null }
    }
  }

  #find(behaviour: Behaviour, now: number): Outcome {
    const found = this.effects.at(-1)
    if (found === undefined) {
      if (this.unclearSince !== null && now >= this.unclearSince + settlesMs) {
        this.unclearSince = null
      }
      return { type: 'not_yet' }
    }
    this.unclearSince = null
    return behaviour === 'unusable' ? unusable(found.receipt) : returned(found.receipt)
  }
}

export function returned(receipt: number): Outcome {
  return { type: 'returned', value: { n: receipt } }
}

export function unusable(receipt: number | null): Outcome {
  const error = { code: 'invalid_input', message: 'not what it should be' }
  return { type: 'unusable', value: receipt === null ? null : { n: receipt }, error }
}
