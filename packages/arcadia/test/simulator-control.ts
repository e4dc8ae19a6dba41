import { until } from '../src/http/testing/until.ts'

interface Fault {
  readonly id: string
}
interface Snapshot {
  readonly id: string
  readonly name: string
  readonly resource_id: string
}
interface Action {
  readonly type: string
}

/** What a test does to a simulated cloud, and asks of it, over its own routes. */
export function simulatorControl(url: string) {
  const call = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (response.status === 204 ? undefined : await response.json()) as Body
  }
  return {
    call,
    /** Holds the next request that matches, before or after what it does. */
    async hold(
      match: Readonly<{ method: string; path: string; body?: unknown }>,
      when: 'before' | 'after',
    ) {
      const { fault } = await call<{ fault: Fault }>('POST', '/_simulator/faults', {
        kind: 'hold',
        when,
        match,
      })
      return {
        reached: () => call('GET', `/_simulator/faults/${fault.id}/reached`),
        release: (outcome: 'continue' | 'drop' = 'continue') =>
          call('POST', `/_simulator/faults/${fault.id}/release`, { outcome }),
      }
    },
    async snapshotsNamed(name: string): Promise<readonly Snapshot[]> {
      const all = await call<{ snapshots: Snapshot[] }>('GET', '/v2/snapshots?per_page=200')
      return all.snapshots.filter((snapshot) => snapshot.name === name)
    },
    /** Once what was deleted has left the listings. */
    async noSnapshotNamed(name: string): Promise<void> {
      await until(
        `no snapshot "${name}"`,
        () => this.snapshotsNamed(name),
        (left) => left.length === 0,
      )
    },
    /** How often a snapshot of the droplet was really begun. */
    async snapshotActions(droplet: string): Promise<number> {
      const { actions } = await call<{ actions: Action[] }>(
        'GET',
        `/v2/droplets/${droplet}/actions?per_page=200`,
      )
      return actions.filter(({ type }) => type === 'snapshot').length
    },
  }
}
