import { defineSession } from '@echosession/core'

/** The tutorial's echo, which every demo mounts: text comes back as text, bytes as bytes. */
export const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})
