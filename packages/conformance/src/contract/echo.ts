import { defineSession } from '@echosession/core'

/** The handler that most cases mount: every message goes back as it came. */
export const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})
