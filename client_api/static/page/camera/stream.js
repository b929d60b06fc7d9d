// The camera itself: opened, turned round, closed; and why it cannot be opened.

/** A camera that could not be opened, with what to do about it. */
export class NoCamera extends Error {
  constructor(title, advice) {
    super(title);
    this.advice = advice;
  }
}

const NONE = ["No camera was found", "Connect one, or open this page on a phone or a computer that has one."];
const REASONS = {
  NotAllowedError: [
    "The camera is not allowed here",
    "Allow it for this page: press the camera or padlock symbol beside the address, choose " +
      "“Allow”, and start again. The system's own privacy settings may forbid it too.",
  ],
  NotFoundError: NONE,
  OverconstrainedError: NONE,
  NotReadableError: ["The camera is busy", "Another program or page uses it. Close that one, and start again."],
};

/** Why this page may not ask for a camera at all; null where it may. */
export function whyNoCamera() {
  if (navigator.mediaDevices?.getUserMedia !== undefined) return null;
  if (!window.isSecureContext) {
    const { port, host } = location;
    const local = `http://localhost${port ? `:${port}` : ""}`;
    return new NoCamera(
      "Browsers give the camera only to secure pages",
      `This page came over plain HTTP from ${host}. Open it over https://, or on the gateway's ` +
        `own machine at ${local}. From another machine, “ssh -L ${port || 80}:localhost:${port || 80} ` +
        `${location.hostname}” makes it ${local} here.`,
    );
  }
  return new NoCamera("This browser has no camera", "Another browser may have one.");
}

/**
 * Open a camera.
 * @param {MediaTrackConstraints} which `facingMode` or `deviceId`, as constraints have them.
 * @returns {Promise<MediaStream>}
 * @throws {NoCamera}
 */
export async function openCamera(which) {
  const reason = whyNoCamera();
  if (reason) throw reason;
  const ask = (wish) =>
    navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { ...wish, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
  try {
    return await ask(which).catch((error) => {
      // Of no camera at all WebKit says that none faces that way.
      if (error.name === "OverconstrainedError") return ask({});
      throw error;
    });
  } catch (error) {
    const [title, advice] = REASONS[error.name] ?? ["The camera does not start", error.message];
    throw new NoCamera(title, advice);
  }
}

/**
 * Which camera is the other one: on a phone the one that faces the other way, else the next one.
 * @param {MediaStream} stream of this one.
 * @returns {Promise<MediaTrackConstraints>} constraints, for `openCamera`.
 */
export async function otherCamera(stream) {
  const { facingMode, deviceId } = stream.getVideoTracks()[0].getSettings();
  if (facingMode) return { facingMode: facingMode === "user" ? "environment" : "user" };
  const devices = await navigator.mediaDevices.enumerateDevices();
  const ids = devices.filter(({ kind }) => kind === "videoinput").map((each) => each.deviceId);
  return { deviceId: { exact: ids[(ids.indexOf(/** @type {string} */ (deviceId)) + 1) % ids.length] } };
}

/** Whether a camera looks at its user; one that does not say is a computer's, and does. */
export function looksAtUser(stream) {
  return (stream.getVideoTracks()[0].getSettings().facingMode ?? "user") === "user";
}

/** Switch a camera off. */
export function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
