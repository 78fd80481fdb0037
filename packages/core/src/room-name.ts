import { describe, EchoSessionError } from './errors.js'

const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Checks the name of a room: any text that is not empty, can be written as UTF-8 and is not too long.
 * @throws {@link EchoSessionError} with `ES_ERR_ROOM`.
 */
export function checkRoomName(room: unknown, maxLength: number): asserts room is string {
  const sound = typeof room === 'string' && room.length > 0 && room.length <= maxLength
  if (sound && !LONE_SURROGATE.test(room)) return
  throw new EchoSessionError(
    'ES_ERR_ROOM',
    `A room is named by 1 to ${maxLength} characters (maxRoomNameLength) of well-formed text; it was given ${describe(room)}.`,
  )
}
