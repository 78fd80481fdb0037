// Every script begins with this. KEYS: what is known of the room, and its stream. ARGV 1: the epoch to begin, if there is
// none; 2: the greatest age of an entry.
const ROOM = `
local meta, log = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local age = tonumber(ARGV[2])
local epoch = redis.call('HGET', meta, 'epoch')
if not epoch then
  epoch = ARGV[1]
  redis.call('DEL', log)
  redis.call('HSET', meta, 'epoch', epoch)
end
local function keep()
  while true do
    local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
    if not oldest or tonumber(oldest[2][2]) > now - age then break end
    redis.call('XDEL', log, oldest[1])
  end
  redis.call('PEXPIRE', meta, ARGV[2])
  redis.call('PEXPIRE', log, ARGV[2])
end
`

/** Adds an entry. ARGV 3: the most entries; 4: the payload. Returns the epoch and the offset. */
export const APPEND = `${ROOM}
local offset = redis.call('HINCRBY', meta, 'last', 1)
local stamp = string.format('%.0f', now)
redis.call('XADD', log, 'MAXLEN', '=', ARGV[3], string.format('%.0f-0', offset), 't', stamp, 'd', ARGV[4])
keep()
return { epoch, offset }
`

/**
 * Reads entries. ARGV 3: the most entries to return; 4 and 5: the epoch and offset to read from. Returns the epoch, the last
 * offset, whether nothing behind the offset is gone, and the entries.
 */
export const READ = `${ROOM}
keep()
local last = tonumber(redis.call('HGET', meta, 'last') or '0')
local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
local first = oldest and tonumber(string.match(oldest[1], '^%d+')) or last + 1
local after = tonumber(ARGV[5])
if ARGV[4] ~= epoch or after < first - 1 or after > last then return { epoch, last, 0, {} } end
return { epoch, last, 1, redis.call('XRANGE', log, string.format('%.0f-0', after + 1), '+', 'COUNT', ARGV[3]) }
`
