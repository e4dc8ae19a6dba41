/** A route that has nothing to say here, however well it is asked. */
export interface Silence {
  /** As the simulator names it. */
  readonly route: string
  readonly why: string
}

/** Each must be asked with success all the same; one that has said something is a failure here. */
export const silences: readonly Silence[] = [
  {
    route: 'PUT /v2/databases/:cluster/install_update',
    why: 'the update is of what runs inside, and nothing does',
  },
  {
    route: 'GET /v2/kubernetes/clusters/:cluster/status_messages',
    why: 'messages are about incidents of the cloud, and it has none',
  },
  {
    route: 'GET /v2/kubernetes/clusters/:cluster/destroy_with_associated_resources',
    why: 'it lists what was made from within the cluster, and nothing is',
  },
]
