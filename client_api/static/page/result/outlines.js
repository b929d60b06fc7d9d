// The outlines of a mask of pixels, holes among them: the polygons of an answer are COCO's, which
// have none.
//
// Marching squares (Lorensen and Cline 1987, in 2D) over the pixels' middles, as in
// `detection.outlines` over a box's parts. Pixels that touch at a corner belong together.

import { columnsOf } from "./run_lengths.js";

// Of a square of four pixels, by which of them are inside (above left 1, above right 2, below right
// 4, below left 8): from which side to which the outline goes, its sides being 0 above, 1 right,
// 2 below, 3 left.
// biome-ignore format: a table.
const PIECES = {
  1: [[3, 0]], 2: [[0, 1]], 3: [[3, 1]], 4: [[1, 2]], 5: [[1, 0], [3, 2]], 6: [[0, 2]], 7: [[3, 2]],
  8: [[2, 3]], 9: [[2, 0]], 10: [[0, 3], [2, 1]], 11: [[2, 1]], 12: [[1, 3]], 13: [[1, 0]], 14: [[0, 3]],
};
// Where the sides' middles are, in halves of a pixel from the square's first corner: [x, y].
// biome-ignore format: a table.
const MIDDLES = [[1, 0], [2, 1], [1, 2], [0, 1]];

/**
 * Whether a part that is not the object's has the object all around it.
 *
 * Looked at are the gaps between the object's parts of each column: the work is that of the runs,
 * not of the pixels. A gap is open where, in a neighbouring column, nothing is above or below it.
 */
export function hasHole(mask) {
  const columns = columnsOf(mask);
  const gaps = columns.map((parts) => gapsOf(parts).map(([from, to]) => ({ from, to, seen: false })));
  for (const [x, gapsHere] of gaps.entries()) {
    for (const gap of gapsHere) {
      if (!gap.seen && isClosed(gap, x, columns, gaps)) return true;
    }
  }
  return false;
}

function gapsOf(parts) {
  const gaps = [];
  for (let at = 1; at + 1 < parts.length; at += 2) gaps.push([parts[at], parts[at + 1]]);
  return gaps;
}

function isClosed(first, x, columns, gaps) {
  first.seen = true;
  const reached = [[first, x]];
  let isOpen = false;
  while (reached.length) {
    const [gap, column] = /** @type {[any, number]} */ (reached.pop());
    for (const beside of [column - 1, column + 1]) {
      const parts = columns[beside] ?? [];
      if (!parts.length || parts[0] > gap.from || parts.at(-1) < gap.to) isOpen = true;
      for (const other of gaps[beside] ?? []) {
        if (other.seen || other.from >= gap.to || other.to <= gap.from) continue;
        other.seen = true;
        reached.push([other, beside]);
      }
    }
  }
  return !isOpen;
}

/**
 * The outlines, outer ones and those of holes: `evenodd` fills what is between them.
 * @param {{size: [number, number], counts: string}} mask height and width, and the runs.
 * @returns {number[][]} rings, [x, y, x, y, ...] in pixels each.
 */
export function outlinesOf(mask) {
  const columns = columnsOf(mask);
  const used = columns.flatMap((parts, x) => (parts.length ? [x] : []));
  if (!used.length) return [];
  const left = used[0];
  const top = used.reduce((least, x) => Math.min(least, columns[x][0]), Infinity);
  const bottom = used.reduce((most, x) => Math.max(most, /** @type {number} */ (columns[x].at(-1))), 0);
  const frame = { left, top, width: /** @type {number} */ (used.at(-1)) - left + 1, height: bottom - top };
  const following = piecesOf(columns, frame);
  // Twice the pixels' numbers, so that halves are whole.
  const stride = 2 * (frame.width + 2);
  const rings = [];
  while (following.size) {
    const [[first]] = following;
    const ring = [];
    for (let key = first; following.has(key); ) {
      ring.push([left - 0.5 + (key % stride) / 2, top - 0.5 + Math.floor(key / stride) / 2]);
      const next = following.get(key);
      following.delete(key);
      key = next;
    }
    rings.push(ring.filter((point, at) => isCorner(ring.at(at - 1), point, ring[(at + 1) % ring.length])));
  }
  return rings.map((ring) => ring.flat());
}

/** By the place where a piece of an outline begins: the place where it ends. */
function piecesOf(columns, { left, top, width, height }) {
  // With a pixel's rim around it that is outside.
  const rowLength = width + 2;
  const inside = new Uint8Array(rowLength * (height + 2));
  for (let x = 0; x < width; x += 1) {
    const parts = columns[left + x];
    for (let at = 0; at < parts.length; at += 2) {
      for (let y = parts[at] - top; y < parts[at + 1] - top; y += 1) inside[(y + 1) * rowLength + x + 1] = 1;
    }
  }
  const following = new Map();
  const keyOf = (x, y, side) => (2 * y + MIDDLES[side][1]) * 2 * rowLength + 2 * x + MIDDLES[side][0];
  for (let y = 0; y <= height; y += 1) {
    for (let x = 0; x <= width; x += 1) {
      const at = y * rowLength + x;
      const below = at + rowLength;
      const kind = inside[at] + 2 * inside[at + 1] + 4 * inside[below + 1] + 8 * inside[below];
      for (const [from, to] of PIECES[kind] ?? []) following.set(keyOf(x, y, from), keyOf(x, y, to));
    }
  }
  return following;
}

function isCorner([x0, y0], [x1, y1], [x2, y2]) {
  return (x1 - x0) * (y2 - y1) !== (y1 - y0) * (x2 - x1);
}
