export { type DatabaseClock, databaseClock, type LocalClock } from './clock.ts'
export {
  type Deletion,
  type Observation,
  recordDeletion,
  recordObservation,
} from './recording.ts'
export {
  findResource,
  getResource,
  type ListPage,
  listResourceEvents,
  listResources,
  type ResourceFilter,
} from './resources.ts'
export { type SyncOptions, syncKind } from './sync.ts'
export { type SyncInput, syncAccountSaga } from './sync-account.ts'
export type { SyncDeps } from './sync-scene.ts'
export { latestSyncs, syncsOfSaga } from './syncs.ts'
export { resourceEventView, resourceView, syncView } from './views.ts'
