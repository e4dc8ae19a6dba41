/** An image, snapshot or backup by its id, or a public image by its slug. */
export type ImageReference = number | string

/**
 * Ids of snapshots are strings in this package, and the API tells an id from a slug by its type: a
 * text of digits only is an id, for no slug is.
 */
export function imageReference(image: ImageReference): ImageReference {
  return typeof image === 'string' && /^\d{1,15}$/.test(image) ? Number(image) : image
}
