import type { Kind } from '../kind.ts'
import { account } from './account.ts'
import { actions } from './actions.ts'
import { cdnEndpoints } from './cdn-endpoints.ts'
import { certificates } from './certificates.ts'
import { domains } from './domains.ts'
import { droplets } from './droplets.ts'
import { images } from './images.ts'
import { regions } from './regions.ts'
import { sizes } from './sizes.ts'
import { snapshots } from './snapshots.ts'
import { sshKeys } from './ssh-keys.ts'
import { tags } from './tags.ts'
import { volumes } from './volumes.ts'

/** Every kind. A new one adds its file and its line here. */
export const kinds: readonly Kind[] = [
  account,
  regions,
  sizes,
  images,
  droplets,
  actions,
  snapshots,
  tags,
  volumes,
  sshKeys,
  domains,
  certificates,
  cdnEndpoints,
]
