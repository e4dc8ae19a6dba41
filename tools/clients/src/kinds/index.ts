import type { Kind } from '../kind.ts'
import { account } from './account.ts'
import { actions } from './actions.ts'
import { databases } from './databases.ts'
import { droplets } from './droplets.ts'
import { images } from './images.ts'
import { kubernetes } from './kubernetes.ts'
import { projects } from './projects.ts'
import { regions } from './regions.ts'
import { sizes } from './sizes.ts'
import { snapshots } from './snapshots.ts'
import { tags } from './tags.ts'

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
  projects,
  databases,
  kubernetes,
]
