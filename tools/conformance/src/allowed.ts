import type { Violation } from './violations.ts'

/** A violation that is none: the description is behind, or stricter than, the real API. */
export interface Allowance {
  /** The operation as the simulator names it, such as `GET /v2/images`; any when left out. */
  readonly route?: RegExp
  readonly where: RegExp
  readonly what: RegExp
  /** Why the simulator is right. */
  readonly why: string
}

/** Every entry must be needed by some scenario: one that is not is a failure too. */
export const allowances: readonly Allowance[] = [
  {
    route: /^GET \/v2\/images/,
    where: /^response\.body\.images?(\.\d+)?\.distribution$/,
    what: /one of the allowed values/,
    why: 'the list of distributions is that of custom images: AlmaLinux is offered, and not in it',
  },
  {
    route: /^POST \/v2\/droplets\/:droplet\/actions$/,
    where: /^request\.body(\.type)?$/,
    what: /one of the allowed values: enable_backups, |^Request body must match a schema in anyOf$/,
    why: 'change_backup_policy is described, but missing from the list of types',
  },
  {
    route: /^POST \/v2\/droplets\/actions$/,
    where: /^request\.body$/,
    what: /match exactly one schema in oneOf$/,
    why: 'a plain action is described by its type alone, and so fits every alternative',
  },
]

/** Keeps apart what is allowed, and remembers which allowances were needed. */
export class AllowList {
  readonly #allowances: readonly Allowance[]
  readonly #used = new Set<Allowance>()

  constructor(list: readonly Allowance[] = allowances) {
    this.#allowances = list
  }

  /** Whether a violation of an operation is a known one. */
  allows(route: string, { where, what }: Violation): boolean {
    const allowance = this.#allowances.find(
      (each) => (each.route?.test(route) ?? true) && each.where.test(where) && each.what.test(what),
    )
    if (allowance) this.#used.add(allowance)
    return allowance !== undefined
  }

  get unused(): readonly Allowance[] {
    return this.#allowances.filter((each) => !this.#used.has(each))
  }
}
