// COCO's compressed run-lengths: a mask of the whole image as a short string.
//
// Column by column, runs of outside and inside alternate. Each run is written as the difference
// from the one two before it, in groups of five bits, lowest first; the sixth bit says that more
// follow, and the sum is a character above "0".
// Source: pycocotools, common/maskApi.c, rleFrString.

const FIRST = "0".charCodeAt(0);

/**
 * The lengths of the runs, the first one outside.
 * @param {string} counts
 * @returns {number[]}
 */
export function runsOf(counts) {
  const runs = [];
  let at = 0;
  while (at < counts.length) {
    let value = 0;
    let bits = 0;
    let group;
    do {
      group = counts.charCodeAt(at) - FIRST;
      value |= (group & 0x1f) << bits;
      bits += 5;
      at += 1;
    } while (group & 0x20 && at < counts.length);
    if (group & 0x10 && bits < 32) value |= -1 << bits;
    if (runs.length > 2) value += runs[runs.length - 2];
    runs.push(value);
  }
  return runs;
}

/** How many pixels are inside. */
export function areaOf({ counts }) {
  return runsOf(counts).reduce((sum, run, row) => (row % 2 ? sum + run : sum), 0);
}

/**
 * The parts of each column that are inside.
 * @param {{size: [number, number], counts: string}} mask height and width, and the runs.
 * @returns {number[][]} by column: the first row that is inside, the first that is not, and so on.
 */
export function columnsOf({ size: [height, width], counts }) {
  /** @type {number[][]} */
  const columns = Array.from({ length: width }, () => []);
  let at = 0;
  runsOf(counts).forEach((run, row) => {
    // A run may go on at the next column's top.
    for (let from = at; row % 2 && from < at + run; ) {
      const column = Math.floor(from / height);
      const to = Math.min(at + run, (column + 1) * height);
      columns[column].push(from - column * height, to - column * height);
      from = to;
    }
    at += run;
  });
  return columns;
}
