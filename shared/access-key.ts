/** Header in which requests to a protected local address carry the API's access key. */
export const accessKeyHeader = 'X-Causeway-Key';

/** Stands in a snippet where the key belongs: the window never has the key, the main process puts it in on copying. */
export const accessKeyPlaceholder = '<access-key>';
