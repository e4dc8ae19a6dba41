export { canonicaliserVersion } from './canonical-forms.ts'
export type {
  AbsentMeans,
  Attrs,
  Authority,
  Change,
  ChangeWay,
  Collection,
  Columns,
  Field,
  Kind,
  ListedPage,
  Severity,
  SpecProblem,
} from './description.ts'
export { type Json, type JsonObject, stableText, storable } from './json.ts'
export {
  type CanonicalAnswer,
  canonicalMember,
  canonicalOf,
  changedFields,
  type FieldChange,
  fieldOf,
  liveValue,
  severityOf,
  specOf,
} from './reading.ts'
export { kindOf, kinds } from './registry.ts'
export { type CanonicalSpec, canonicalSpec, explainField, type FieldRule } from './spec.ts'
