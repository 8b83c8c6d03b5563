/** The encrypted files that clients uploaded, or that a test put there, by path. */
export interface MediaStore {
  put(path: string, bytes: Buffer): void
  get(path: string): Buffer | undefined
  /** Forgets a file, as WhatsApp does after some weeks. */
  delete(path: string): boolean
  paths(): string[]
}

export function createMediaStore(): MediaStore {
  const files = new Map<string, Buffer>()
  return {
    put: (path, bytes) => void files.set(path, bytes),
    get: (path) => files.get(path),
    delete: (path) => files.delete(path),
    paths: () => [...files.keys()],
  }
}
