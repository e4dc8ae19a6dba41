import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acts } from './acts.ts'
import { plans, worlds } from './testing/arbitraries.ts'
import { behaviours } from './testing/behaviour.ts'
import { ordinaryKinds, type PlannedSaga, pivotKinds, stepsOf } from './testing/planned.ts'
import { Simulation } from './testing/simulation.ts'
import { Tally } from './testing/tally.ts'
import { runTransitions, stepTransitions } from './transitions.ts'

/** More of them, and others, than in every run of the tests: SAGA_KERNEL_RUNS=1000000. */
const asked = Number(process.env['SAGA_KERNEL_RUNS'] ?? 0)
const runs = asked > 0 ? asked : 10_000
const seed = asked > 0 ? Date.now() : 20_260_101

function count(tally: Tally, planned: PlannedSaga, depth = 0): void {
  for (const { steps, atOnce } of planned) {
    tally.add('groups', `${steps.length}${steps.length > 1 && atOnce !== null ? ' limited' : ''}`)
  }
  for (const { kind, child } of stepsOf(planned)) {
    tally.add('kinds', kind)
    if (child !== null) {
      tally.add('children', `at depth ${depth + 1}`)
      count(tally, child, depth + 1)
    }
  }
}

describe('any plan in any world', () => {
  it('ends or parks, and keeps every promise on its way there', { timeout: 3_600_000 }, () => {
    const tally = new Tally()
    const started = process.cpuUsage()
    fc.assert(
      fc.property(plans, worlds, (plan, world) => {
        count(tally, plan)
        new Simulation(plan, world, tally).run()
      }),
      { numRuns: runs, seed },
    )
    const { user, system } = process.cpuUsage(started)
    process.stdout.write(
      `${runs} plans, seed ${seed}, ${Math.round((user + system) / 1e6)} s of CPU\n${tally.table()}\n`,
    )
    // No corner starves: what is promised of it would be promised of nothing.
    const expected = {
      ended: ['completed', 'failed', 'rolled_back'],
      'at rest': ['completed', 'failed', 'parked', 'rolled_back', 'waiting'],
      kinds: [...ordinaryKinds, ...pivotKinds, 'child'],
      groups: ['1', '2', '3', '4', '2 limited', '3 limited', '4 limited'],
      children: ['at depth 1', 'at depth 2'],
      behaviours,
      calls: ['do', 'find', 'until', 'undo', 'child start', 'child look', 'child undo'],
      acts: acts.flatMap((act) => [`${act} heeded`, `${act} refused`]),
      signals: ['child_ended heeded', 'stray_effect heeded'],
      events: [...Object.keys(runTransitions), ...Object.keys(stepTransitions)],
    }
    for (const [heading, corners] of Object.entries(expected)) {
      for (const corner of corners) {
        expect(tally.of(heading).get(corner) ?? 0, `${heading}: ${corner}`).toBeGreaterThan(
          runs / 250,
        )
      }
    }
  })
})
