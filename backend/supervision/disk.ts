// How much room the store has, and how much it takes: looked at when somebody asks. Where a bound is set (NRT_STORE_MAX_MB), that is what is
// filled; otherwise the disk is.

import { statfsSync, statSync } from 'node:fs'
import { Gauge, type Registry } from 'prom-client'

export interface Disk {
  /** Bytes of the database, of its write-ahead log, and of the inbox with its own. */
  files: { database: number; log: number; inbox: number }
  freeBytes: number
  limitBytes: number
}

/** `path` is the database; in trouble with the disk itself everything is NaN. */
export function createDisk(path: string, folder: string, bytesMax: number | undefined): () => Disk {
  return () => {
    const files = {
      database: bytesOf(path),
      log: bytesOf(`${path}-wal`),
      inbox: bytesOf(`${path}.inbox`) + bytesOf(`${path}.inbox-wal`),
    }
    const { bavail, blocks, bsize } = statOf(folder)
    const onDisk = { freeBytes: bavail * bsize, limitBytes: blocks * bsize }
    if (bytesMax === undefined || onDisk.freeBytes < bytesMax - files.database) return { files, ...onDisk }
    return { files, freeBytes: Math.max(0, bytesMax - files.database), limitBytes: bytesMax }
  }
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function statOf(folder: string): { bavail: number; blocks: number; bsize: number } {
  try {
    return statfsSync(folder)
  } catch {
    return { bavail: Number.NaN, blocks: Number.NaN, bsize: Number.NaN }
  }
}

export function watchDisk(registry: Registry, disk: () => Disk): void {
  const registers = [registry]
  const files = new Gauge({
    name: 'nrt_store_file_bytes',
    help: 'Size of the files of the store',
    labelNames: ['file'],
    registers,
    collect() {
      for (const [file, bytes] of Object.entries(disk().files)) files.set({ file }, bytes)
    },
  })
  const free: Gauge = new Gauge({
    name: 'nrt_store_free_bytes',
    help: 'Room that is left for the store',
    registers,
    collect: () => free.set(disk().freeBytes),
  })
  const limit: Gauge = new Gauge({
    name: 'nrt_store_limit_bytes',
    help: 'Room that there is at all: the disk, or NRT_STORE_MAX_MB',
    registers,
    collect: () => limit.set(disk().limitBytes),
  })
}
