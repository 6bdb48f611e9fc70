// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// ZIP files without compression, as APPNOTE.TXT of PKWARE describes them.

const UTF8_NAMES = 0x0800;
const DAY = (1 << 5) | 1; // 1980-01-01: equal projects make equal files

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function checksum(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** A ZIP file of [name, bytes]. */
export function zip(files) {
  const parts = [];
  const central = [];
  let offset = 0;
  for (const [name, content] of files) {
    const bytes = new Uint8Array(content);
    const encoded = new TextEncoder().encode(name);
    const common = [[2, 20], [2, UTF8_NAMES], [2, 0], [2, 0], [2, DAY], [4, checksum(bytes)], [4, bytes.length], [4, bytes.length], [2, encoded.length], [2, 0]];
    const local = record([[4, 0x04034b50], ...common]);
    central.push(record([[4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), encoded);
    parts.push(local, encoded, bytes);
    offset += local.length + encoded.length + bytes.length;
  }
  const size = central.reduce((sum, part) => sum + part.length, 0);
  const end = record([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]]);
  return new Blob([...parts, ...central, end], { type: "application/zip" });
}

/** Little-endian numbers: [bytes, value]. */
function record(fields) {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}
