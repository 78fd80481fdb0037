/** Rooms, each with one member in every process. */
export const ROOMS = 8

/** The name of a room. */
export function roomName(index: number): string {
  return `room-${index}`
}

/** Which room has a name. */
export function roomIndex(name: string): number {
  return Number(name.slice('room-'.length))
}
