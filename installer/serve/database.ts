// What commands may do with a backend's database without starting a backend, and which one it is.

export { readDatabaseUrl } from '../../backend/config.ts'
export { type CopyEvent, type CopyReport, copyStore } from '../../backend/store/copy/copy.ts'
export { moveDatabase, moveFile } from '../../backend/store/move-schema.ts'
export { SCHEMA } from '../../backend/store/schema.ts'
