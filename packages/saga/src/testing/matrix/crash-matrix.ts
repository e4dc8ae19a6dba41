import { randomUUID } from 'node:crypto'
import { type Baseline, type CaseOptions, type CaseResult, minus, playCase } from './case.ts'
import type { Knowledge } from './case-deps.ts'
import { isOfCall } from './expectations.ts'
import { type CaseName, type Fault, faults, nameOf, parseName, type Strike } from './fault.ts'
import type { CrashMatrixOptions } from './options.ts'
import type { Passed } from './points.ts'
import { randomOf } from './random.ts'
import { CrashMatrixFailed, type MatrixReport, printed, reportOf } from './report.ts'

/** So many cases run before the workers that they have lost are cleared away. */
const batch = 64

/**
 * Runs a saga again and again, each time with something going wrong at another point: before and
 * after each of its statements and each call of its world, on each way that it can go. Single faults
 * exhaustively, pairs of them drawn by a seed. On simulated time, and the same every time.
 *
 * Each case has to end, completed or rolled back, with nothing left behind and nothing twice; what
 * is parked says why, and ends when the world is well and an operator tries again; at every call the
 * ledger has to allow it, and at the end ledger, history and world have to agree.
 *
 * @returns what has run
 * @throws {@link CrashMatrixFailed} when a case failed, with the report
 * @throws `DefinitionError` when `only` is not the name of a case
 */
export async function crashMatrix<World, Input>(
  options: CrashMatrixOptions<World, Input>,
): Promise<MatrixReport> {
  const matrix = new Matrix(options)
  const startedAt = performance.now()
  const kind = await matrix.run()
  const tookMs = performance.now() - startedAt
  const report = reportOf(kind, matrix.results, matrix.points, matrix.possible, tookMs)
  if (report.failures.length > 0) throw new CrashMatrixFailed(report)
  const { print = (text: string) => void process.stdout.write(`${text}\n`) } = options
  print(printed(report))
  return report
}

class Matrix<World> {
  readonly results: CaseResult[] = []
  /** How many cases with one fault there are, of which a sample may have run. */
  possible = 0
  /** How many points each variant comes by. */
  readonly points: Record<string, number> = {}
  readonly #options: CaseOptions<World>
  readonly #only: readonly string[] | undefined
  readonly #allowed: readonly Fault[]
  readonly #knowledge: Knowledge = { isAsync: new Map(), callsWorld: new Map() }
  readonly #baseline: Baseline = { ends: new Map(), standing: [], standingBeside: [] }
  readonly #id = randomUUID().slice(0, 13)
  #count = 0

  constructor(options: CaseOptions<World>) {
    this.#options = options
    const only = options.only ?? process.env['CRASH_MATRIX_ONLY']
    this.#only = typeof only === 'string' ? [only] : only
    this.#allowed = options.faults ?? faults
  }

  async run(): Promise<string> {
    const first = await this.#case({ variant: 'completes', strikes: [] })
    const kind = first.ways.kind
    if (first.end !== 'completed' || first.breaches.length > 0) {
      throw new CrashMatrixFailed(reportOf(kind, [doesNotComplete(first)], {}, 0, 0))
    }
    this.#baseline.standing = first.standing
    const recorded: CaseResult[] = []
    for (const variant of this.#variants(first)) {
      const result = await this.#case({ variant, strikes: [] })
      this.#baseline.ends.set(variant, result.end)
      if (variant === 'beside')
        this.#baseline.standingBeside = minus(result.standing, first.standing)
      recorded.push(result)
      this.points[variant] = result.passed.length
      if (this.#isEnough(recorded)) break
    }
    if (this.#only !== undefined) {
      await this.#all(this.#only.map(parseName))
      return kind
    }
    this.results.push(...recorded)
    if (this.#isEnough(recorded)) return kind
    const singles = await this.#all(
      this.#sampled(recorded.flatMap((result) => this.#strikesOf(result, recorded))),
    )
    const { doubles } = this.#options
    if (doubles !== undefined && !this.#isEnough(singles))
      await this.#all(this.#drawn(singles, doubles))
    return kind
  }

  /** Every way for the run to go, by what it did when it went well. */
  #variants({ ways }: CaseResult): readonly string[] {
    const { beside, variants: isWanted = () => true } = this.#options
    const some = [
      'completes',
      ...ways.called.map((step) => `fails:${step}`),
      ...ways.rejectable.map((step) => `rejected:${step}`),
      ...ways.limited.map((step) => `unanswered:${step}`),
      ...(ways.lastReversible === undefined ? [] : [`cancelled:${ways.lastReversible}`]),
      ...(ways.hasPivot ? [] : ['taken_back']),
      ...(beside === undefined ? [] : ['beside']),
      'begun',
    ]
    return some.filter((name) => isWanted(name))
  }

  async #case(name: CaseName): Promise<CaseResult> {
    this.#count += 1
    return playCase(
      this.#options,
      this.#knowledge,
      this.#baseline,
      name,
      `${this.#id} ${this.#count}`,
    )
  }

  /**
   * Every fault at every point of a way. What it comes by before it parts from the way that
   * completes is struck on that one, and on this one too where the matrix is thorough.
   */
  #strikesOf(
    { name: { variant }, passed }: CaseResult,
    [first]: readonly CaseResult[],
  ): readonly CaseName[] {
    if (variant === 'begun') return this.#strikesWhereBegun(passed)
    const isFirst = first === undefined || first.name.variant === variant
    const parts = isFirst ? 0 : passed.findIndex(({ point }, n) => point !== first.passed[n]?.point)
    // The last that both come by is what made the difference.
    const from = this.#options.thorough === true ? 0 : Math.max(0, parts - 1)
    return this.#strikesAt(variant, passed.slice(from))
  }

  /**
   * Until its first call has its answer: after that it is as one that was claimed. Its worker looks
   * for work beside it, whenever that is; only what the run itself does has a place of its own.
   */
  #strikesWhereBegun(passed: readonly Passed[]): readonly CaseName[] {
    const own = passed.filter(isOwn)
    const called = own.findIndex(({ point }) => isOfCall(point) && point.endsWith(':after'))
    return this.#strikesAt('begun', own.slice(0, called + 1))
  }

  #strikesAt(variant: string, points: readonly Passed[]): readonly CaseName[] {
    return points.flatMap((point) =>
      this.#faultsAt(variant, point).map((fault) => ({
        variant,
        strikes: [{ point: point.point, fault }],
      })),
    )
  }

  #faultsAt(variant: string, { faults: possible }: Passed): readonly Fault[] {
    return possible.filter((fault) => {
      if (!this.#allowed.includes(fault)) return false
      if (fault === 'cancel') return variant === 'completes'
      return fault !== 'poison' || variant === 'beside'
    })
  }

  async #all(names: readonly CaseName[]): Promise<readonly CaseResult[]> {
    const results: CaseResult[] = []
    for (let start = 0; start < names.length && !this.#isEnough(results); start += batch) {
      results.push(...(await this.#atOnce(names.slice(start, start + batch))))
      await this.#clear()
    }
    this.results.push(...results)
    return results
  }

  async #atOnce(names: readonly CaseName[]): Promise<readonly CaseResult[]> {
    const results: (CaseResult | undefined)[] = names.map(() => undefined)
    const queue = names.entries()
    const lane = async () => {
      for (const [index, name] of queue) {
        results[index] = await this.#case(name)
        if (this.#isEnough(results)) return
      }
    }
    await Promise.all(Array.from({ length: this.#options.atOnce ?? 4 }, lane))
    return results.filter((result) => result !== undefined)
  }

  #isEnough(results: readonly (CaseResult | undefined)[]): boolean {
    if (this.#options.stopAtFirst !== true) return false
    return results.some((result) => result !== undefined && result.breaches.length > 0)
  }

  /** Lost workers would be looked at by every claim that follows. */
  async #clear(): Promise<void> {
    const store = this.#options.store({ now: () => Date.UTC(2200, 0, 1) })
    await store.pruneLeftovers({ olderThanMs: 0, limit: 10_000 })
  }

  /** Those of the cases with one fault that are to run. */
  #sampled(names: readonly CaseName[]): readonly CaseName[] {
    const { singles } = this.#options
    this.possible = names.length
    if (singles === undefined) return names
    const random = randomOf(singles.seed)
    return names
      .map((name, index) => ({ name, index, draw: random() }))
      .sort((a, b) => a.draw - b.draw)
      .slice(0, singles.cases)
      .sort((a, b) => a.index - b.index)
      .map(({ name }) => name)
  }

  /** Pairs: a case with one fault, and a second at a point that it came by afterwards. */
  #drawn(
    singles: readonly CaseResult[],
    { seed, cases }: { readonly seed: number; readonly cases: number },
  ): readonly CaseName[] {
    const random = randomOf(seed)
    const pairs = singles.flatMap(({ name, passed, isStruck }) => {
      const points = name.variant === 'begun' ? passed.filter(isOwn) : passed
      return (isStruck ? points : []).flatMap((point) =>
        this.#faultsAt(name.variant, point).map((fault) => ({ name, point: point.point, fault })),
      )
    })
    const drawn = new Map<string, CaseName>()
    for (let draws = Math.min(cases, pairs.length); draws > 0; draws -= 1) {
      const [pair] = pairs.splice(Math.floor(random() * pairs.length), 1)
      if (pair === undefined) break
      const { point, fault } = pair
      const strikes: readonly Strike[] = [...pair.name.strikes, { point, fault }]
      const name = { variant: pair.name.variant, strikes }
      drawn.set(nameOf(name), name)
    }
    return [...drawn.values()]
  }
}

/** Without a way to complete there is nothing to hold the others to. */
function doesNotComplete(result: CaseResult): CaseResult {
  const said = `nothing goes wrong, and it ends ${result.end}${result.parked === null ? '' : `, parked as ${result.parked}`}`
  return { ...result, breaches: [said, ...result.breaches] }
}

/** Whether the run itself comes by it, and not the worker that looks for work beside it. */
function isOwn({ point }: Passed): boolean {
  return isOfCall(point) || point.startsWith('commitRuns#')
}
