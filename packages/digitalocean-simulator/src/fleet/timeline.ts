export const minuteMs = 60_000
export const dayMs = 24 * 60 * minuteMs

/** For how long machines have been added. */
export const growthMs = 700 * dayMs
/** Since when there is the account: what machines are put into was there before them. */
export const foundedMs = 740 * dayMs
