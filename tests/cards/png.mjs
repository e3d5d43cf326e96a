// Pictures of few colours, so that they are small enough to be kept with the documents.
import zlib from 'node:zlib';

// A PNG of few colours: shades are rounded to multiples of `step`. The greys of text need no more than sixteen, and a
// picture is a third as large.
export function small(png, step = 17) {
  const shade = (value) => Math.round(value / step) * step;
  const width = png.readUInt32BE(16), height = png.readUInt32BE(20), parts = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  if (png[24] !== 8 || png[25] !== 2 || png[28] !== 0) throw new Error('expected a PNG of 24 bits a pixel');
  const raw = zlib.inflateSync(Buffer.concat(parts)), line = width * 3 + 1, colours = new Map();
  const out = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * line];
    for (let x = 1; x < line; x++) {
      const at = y * line + x, left = x > 3 ? raw[at - 3] : 0, up = y ? raw[at - line] : 0;
      if (filter === 1) raw[at] += left;
      else if (filter === 2) raw[at] += up;
      else if (filter === 3) raw[at] += (left + up) >> 1;
      else if (filter === 4) raw[at] += paeth(left, up, x > 3 && y ? raw[at - line - 3] : 0);
    }
    for (let x = 0; x < width; x++) {
      const at = y * line + 1 + x * 3;
      const key = (shade(raw[at]) << 16) | (shade(raw[at + 1]) << 8) | shade(raw[at + 2]);
      let index = colours.get(key);
      if (index === undefined) colours.set(key, (index = colours.size));
      out[y * (width + 1) + 1 + x] = index;
    }
  }
  if (colours.size > 256) throw new Error(`expected at most 256 colours, got ${colours.size}`);
  const head = Buffer.from(png.subarray(16, 29));
  head[9] = 3;
  const palette = Buffer.from([...colours.keys()].flatMap((key) => [key >> 16, (key >> 8) & 255, key & 255]));
  const chunks = [['IHDR', head], ['PLTE', palette], ['IDAT', zlib.deflateSync(out, { level: 9 })], ['IEND', Buffer.alloc(0)]];
  return Buffer.concat([png.subarray(0, 8), ...chunks.flatMap(([name, body]) => {
    const text = Buffer.concat([Buffer.from(name, 'latin1'), body]), size = Buffer.alloc(4), sum = Buffer.alloc(4);
    size.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc(text));
    return [size, text, sum];
  })]);
}


function paeth(left, up, corner) {
  const guess = left + up - corner, a = Math.abs(guess - left), b = Math.abs(guess - up), c = Math.abs(guess - corner);
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

// The checksum of PNG (annex D of its specification).
function crc(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
