// Which keypoints are joined, and in which colours: a hand's 21, by their names.

// The colours in which hand trackers draw fingers (OpenPose's order), light enough for both grounds.
const FINGER_COLOURS = {
  thumb: "#FF5A4F",
  index: "#FFB224",
  middle: "#43C463",
  ring: "#3FA9F5",
  little: "#C77DFF",
};
const OTHER_COLOUR = "#F4F4F4";
const JOINTS_OF_A_FINGER = 4;

function fingerOf(name) {
  return Object.keys(FINGER_COLOURS).find((finger) => name.startsWith(finger));
}

/** The colour of a keypoint, by its finger. */
export function colourOfPoint(name) {
  return FINGER_COLOURS[fingerOf(name)] ?? OTHER_COLOUR;
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
  return Object.keys(FINGER_COLOURS).flatMap((finger) => {
    const rows = keypoints.flatMap(({ name }, row) => (name.startsWith(finger) ? [row] : []));
    if (rows.length !== JOINTS_OF_A_FINGER) return [];
    const chain = wrist >= 0 ? [wrist, ...rows] : rows;
    return chain.slice(1).map((row, at) => [chain[at], row]);
  });
}
