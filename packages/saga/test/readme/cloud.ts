/** The cloud of the README's first program: in memory, ready when it is looked at. */
const snapshots = new Map<string, { readonly id: number }>()

export const cloud = {
  async snapshot(_volume: string, name: string, signal: AbortSignal): Promise<{ id: number }> {
    signal.throwIfAborted()
    const id = snapshots.size + 1
    snapshots.set(name, { id })
    return { id }
  },
  async findSnapshot(name: string): Promise<{ id: number } | undefined> {
    const found = snapshots.get(name)
    return found === undefined ? undefined : { id: found.id }
  },
  async isReady(id: number): Promise<boolean> {
    const found = [...snapshots.values()].find((snapshot) => snapshot.id === id)
    return found !== undefined
  },
  async deleteSnapshots(name: string, id: number | undefined): Promise<void> {
    for (const [key, snapshot] of snapshots) {
      if (key === name || snapshot.id === id) snapshots.delete(key)
    }
  },
}
