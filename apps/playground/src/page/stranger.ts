import { attempt } from './attempt.js'

// This page runs in a frame without an origin of its own, so the browser writes `Origin: null` into its handshakes. It
// is told what to try by the page around it, and tells it how that went.
window.addEventListener('message', async ({ data, source }) => {
  if (source !== window.parent || typeof data !== 'string') return
  window.parent.postMessage({ url: data, outcome: await attempt(data) }, '*')
})
window.parent.postMessage('ready', '*')
