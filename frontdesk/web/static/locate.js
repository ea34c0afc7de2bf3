/** The citizen's position, asked for once, with a plain word for every way it can fail. */

const OPTIONS = { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 };

const FAILURES = {
  1: "您没有允许定位，没关系。请直接打字告诉我们：小区、路口，或者旁边的店名。",
  2: "没能定到位置。请直接打字告诉我们：小区、路口，或者旁边的店名。",
  3: "定位等得太久了。可以再试一次，也可以直接打字告诉我们在哪里。",
};

const MISSING = "这个浏览器不能定位。请直接打字告诉我们：小区、路口，或者旁边的店名。";

/** @returns {Promise<{latitude: number, longitude: number, accuracy: number|null}>} degrees WGS 84, metres
 *  @throws {Error} with a message for the citizen */
export function locate() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation || !window.isSecureContext) {
      reject(new Error(MISSING));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({
          latitude: coords.latitude,
          longitude: coords.longitude,
          accuracy: Number.isFinite(coords.accuracy) ? coords.accuracy : null,
        }),
      (failure) => reject(new Error(FAILURES[failure.code] ?? FAILURES[2])),
      OPTIONS,
    );
  });
}

/** @param {number|null} accuracy metres @returns {string} what the citizen sees as their own line */
export function positionText(accuracy) {
  if (accuracy === null) return "我的位置（手机定位）";
  const shown = accuracy < 1000 ? `${Math.max(1, Math.round(accuracy))} 米` : `${(accuracy / 1000).toFixed(1)} 公里`;
  return `我的位置（手机定位，误差约 ${shown}）`;
}
