// Which keypoints are joined, and in which colors: a hand's 21, by their names.

// The colors in which hand trackers draw fingers (OpenPose's order), light enough for both grounds.
const FINGER_COLORS = {
  thumb: "#FF5A4F",
  index: "#FFB224",
  middle: "#43C463",
  ring: "#3FA9F5",
  little: "#C77DFF",
};
const OTHER_COLOR = "#F4F4F4";
const JOINTS_OF_A_FINGER = 4;

function fingerOf(name) {
  return Object.keys(FINGER_COLORS).find((finger) => name.startsWith(finger));
}

/** The color of a keypoint, by its finger. */
export function colorOfPoint(name) {
  return FINGER_COLORS[fingerOf(name)] ?? OTHER_COLOR;
}

/**
 * Pairs of keypoints that a line joins: from the wrist along each finger.
 *
 * Points that are called otherwise are not joined: nothing says which of them belong together.
 * @param {{name: string}[]} keypoints
 * @returns {[number, number][]} rows of `keypoints`.
 */
export function bonesOf(keypoints) {
  const wrist = keypoints.findIndex(({ name }) => name === "wrist");
  return Object.keys(FINGER_COLORS).flatMap((finger) => {
    const rows = keypoints.flatMap(({ name }, row) => (name.startsWith(finger) ? [row] : []));
    if (rows.length !== JOINTS_OF_A_FINGER) return [];
    const chain = wrist >= 0 ? [wrist, ...rows] : rows;
    return chain.slice(1).map((row, at) => [chain[at], row]);
  });
}
