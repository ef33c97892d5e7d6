/** After all tests, in the process of `scratch.js`. */
export default function removeScratch() {
  globalThis.removeScratch?.();
}
