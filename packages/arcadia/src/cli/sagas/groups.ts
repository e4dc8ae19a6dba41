/**
 * A mark for each step that runs at once with those beside it, so that they are seen to be one
 * group: nothing for the others. Pure.
 */
export function groupMarks(
  steps: readonly { readonly group?: number | null | undefined }[],
): readonly string[] {
  return steps.map(({ group }, at) => {
    if (group === undefined || group === null) return ''
    const isFirst = steps[at - 1]?.group !== group
    const isLast = steps[at + 1]?.group !== group
    if (isFirst) return isLast ? '' : '┌'
    return isLast ? '└' : '│'
  })
}
