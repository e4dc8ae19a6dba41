/** A route that has nothing to say here, however well it is asked. */
export interface Silence {
  /** As the simulator names it. */
  readonly route: string
  readonly why: string
}

/** Each must be asked with success all the same; one that has said something is a failure here. */
export const silences: readonly Silence[] = [
  {
    route: 'DELETE /v2/load_balancers/:balancer/cache',
    why: 'the cache is of what its droplets answer, and nothing passes through it',
  },
]
