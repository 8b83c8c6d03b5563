/** The orientation in the EXIF data of a JPEG file (EXIF 2.3, tag 0x0112), from its first bytes; 1 where there is none. */
export function jpegOrientation(bytes: Buffer): number {
  const at = bytes.indexOf('Exif\0\0', 0, 'latin1')
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xff_d8 || at === -1) return 1
  const tiff = bytes.subarray(at + 6)
  const isLittle = tiff.toString('latin1', 0, 2) === 'II'
  const short = (offset: number): number =>
    offset + 2 > tiff.length ? 0 : isLittle ? tiff.readUInt16LE(offset) : tiff.readUInt16BE(offset)
  const long = (offset: number): number =>
    offset + 4 > tiff.length ? 0 : isLittle ? tiff.readUInt32LE(offset) : tiff.readUInt32BE(offset)
  const directory = long(4)
  for (let entry = 0; entry < short(directory); entry += 1) {
    const start = directory + 2 + entry * 12
    if (start >= tiff.length) break
    if (short(start) === 0x01_12) return short(start + 8)
  }
  return 1
}
