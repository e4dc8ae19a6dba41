import type { Db, SpecOwner } from '../../database/index.ts'
import type { JsonObject } from '../../kinds/index.ts'

/** Who says what is asked of a resource. */
export interface Ownership {
  readonly owner: SpecOwner
  readonly owner_detail: JsonObject
}

/** The owner in words, for a message: `Terraform (digitalocean_droplet.web)`. */
export function ownerInWords({ owner, owner_detail: detail }: Ownership): string {
  switch (owner) {
    case 'arcadia':
      return 'ArcadiaCloud'
    case 'terraform':
      return named('Terraform', detail['address'])
    case 'controller':
      return named('a controller', detail['name'])
  }
}

function named(owner: string, name: unknown): string {
  return typeof name === 'string' ? `${owner} (${name})` : owner
}

/** The tool other than ArcadiaCloud that owns a resource, in words; undefined when none does. */
export async function foreignOwner(
  db: Db,
  resource: { readonly accountId: string; readonly kind: string; readonly externalId: string },
): Promise<string | undefined> {
  const row = await db
    .selectFrom('cloud_resources as r')
    .innerJoin('cloud_provisioned as p', 'p.resource_id', 'r.id')
    .select(['p.owner', 'p.owner_detail'])
    .where('r.account_id', '=', resource.accountId)
    .where('r.kind', '=', resource.kind)
    .where('r.external_id', '=', resource.externalId)
    .executeTakeFirst()
  return row === undefined || row.owner === 'arcadia' ? undefined : ownerInWords(row)
}
