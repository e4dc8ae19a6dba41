/** Of a resource, as everyone who locks or asks for locks writes it. */
export function lockKey(resource: {
  readonly accountId: string
  readonly kind: string
  readonly externalId: string
}): string {
  return `${resource.accountId}/${resource.kind}/${resource.externalId}`
}

/** The lock of a saga that changes a droplet. */
export function dropletLock(input: {
  readonly account_id: string
  readonly droplet_id: number
}): readonly string[] {
  const { account_id: accountId, droplet_id: id } = input
  return [lockKey({ accountId, kind: 'droplet', externalId: String(id) })]
}
