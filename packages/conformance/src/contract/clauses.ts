import type { Chapter } from './clause.js'
import { AUTHORIZE } from './clauses/authorize.js'
import { CAPACITY } from './clauses/capacity.js'
import { CLOSE } from './clauses/close.js'
import { CLOSE_CALL } from './clauses/close-call.js'
import { DRAIN } from './clauses/drain.js'
import { ERROR_CLAUSES } from './clauses/errors.js'
import { HANDLER_FAULTS } from './clauses/handler-faults.js'
import { HANDSHAKE } from './clauses/handshake.js'
import { HEARTBEAT_CLAUSES } from './clauses/heartbeat.js'
import { IDLE } from './clauses/idle.js'
import { LIMITS } from './clauses/limits.js'
import { MESSAGES } from './clauses/messages.js'
import { OBSERVE } from './clauses/observe.js'
import { ORIGIN } from './clauses/origin.js'
import { PRESENCE } from './clauses/presence.js'
import { ROOM_RULES } from './clauses/room-rules.js'
import { ROOMS } from './clauses/rooms.js'
import { SENDING } from './clauses/sending.js'
import { SESSION_FORM } from './clauses/session-form.js'
import { SESSION_ORDER } from './clauses/session-order.js'
import { SHARED_HOST } from './clauses/shared-host.js'
import { SLOW_CONSUMER } from './clauses/slow-consumer.js'
import { SUBPROTOCOL } from './clauses/subprotocol.js'

/** Every clause of CONTRACT.md, by chapter. */
export const CLAUSES: readonly Chapter[] = [
  {
    title: 'Handshake',
    clauses: [...HANDSHAKE, ...ORIGIN, ...CAPACITY, ...AUTHORIZE, ...SUBPROTOCOL, ...SHARED_HOST],
  },
  { title: 'Session', clauses: [...SESSION_ORDER, ...SESSION_FORM] },
  { title: 'Messages', clauses: [...MESSAGES, ...SENDING] },
  { title: 'Limits', clauses: [...LIMITS, ...SLOW_CONSUMER] },
  { title: 'Heartbeat', clauses: [...HEARTBEAT_CLAUSES, ...IDLE] },
  { title: 'Close', clauses: [...CLOSE, ...CLOSE_CALL] },
  { title: 'Errors', clauses: [...HANDLER_FAULTS, ...ERROR_CLAUSES] },
  { title: 'Drain', clauses: DRAIN },
  { title: 'Observe', clauses: OBSERVE },
  { title: 'Rooms', clauses: [...ROOMS, ...ROOM_RULES] },
  { title: 'Presence', clauses: PRESENCE },
]
