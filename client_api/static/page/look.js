// How found things are looked at: shared by every result and the camera, changed without asking
// the server again.

// Everything down to this score is asked for, so that the threshold can move freely above it.
export const LOWEST_SCORE = 0.05;

const listeners = new Set();

export const look = {
  threshold: 0.5,
  isThresholdChosen: false,
  opacity: 0.3,
  hiddenClasses: new Set(),
  boxes: true,
  masks: true,
  keypoints: true,
  beliefs: false,
};

/** Change some of it and tell everyone who shows it. */
export function changeLook(changes) {
  Object.assign(look, changes);
  for (const listener of listeners) listener();
}

/** Begin with the threshold of the model that is asked, until somebody has chosen another. */
export function beginWithThreshold(threshold) {
  const own = Math.max(threshold, LOWEST_SCORE);
  if (!look.isThresholdChosen && look.threshold !== own) changeLook({ threshold: own });
}

/**
 * Be told of changes.
 * @returns {() => void} ends it.
 */
export function onLook(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether a detection is shown now. */
export function isShown(detection) {
  return detection.score >= look.threshold && !look.hiddenClasses.has(detection.class_id);
}
