-- The rate limit of one Picqer API key, shared by all workers: one atomic step per call.
--
-- KEYS  1 state (packed)   2 log: token -> when it is freed   3 flight: token -> end of its lease
--       4 queue: ticket -> lane, then arrival   5 leases: ticket -> when it lapses
-- ARGV  1 the sub-command   2 its arguments as JSON (see limiter.py); answers are JSON too.
-- The script begins with `local c = {...}`, the numbers of limit_numbers.py: no call carries them.
-- Then comes this file: state and time; limiter_room.lua: how much may be used and who waits;
-- limiter.lua: what a caller may ask and tell.
-- All times are whole milliseconds of "our time", which begins at Redis' TIME, never steps back,
-- and runs no faster than the caller's own monotonic clock says.

local command, a = ARGV[1], cjson.decode(ARGV[2])
local STATE, LOG, FLIGHT, QUEUE, LEASES = unpack(KEYS)
local RANK = { orders = 1, shipments = 2, stock = 3, bulk = 4 }
local LANE_SPAN = 1e12 -- further apart than any number of tickets
local SOON = 50 -- to look again when nobody can say when another request will have ended
local FORGOTTEN = 7 * 24 * 3600 * 1000 -- the keys of an API key that is no longer used
local s -- the state, loaded below
local now -- our time

local function whole(number) return string.format('%.0f', number) end

-- State and time ---------------------------------------------------------------------------------

local function redis_time()
  if a.redis_time then return math.floor(a.redis_time) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function new_state(raw)
  return {
    epoch = a.candidate, raw = raw, time = raw, number = 0, seeded = 0, refused = 0,
    limit = c.default_limit, limit_number = 0, header = 0, fresh = 1, probe = '',
    vouched = 0, hold_until = 0, lost = 0, ticket = 0, horizon = {}, horizon_until = {},
    pause_until = 0, pause = 0, pause_number = 0, probing = 0, ramp_at = 0,
    paced_at = 0, line_at = 0, bulk_at = 0, bulk_granted = raw,
    left = -1, left_at = 0, left_number = 0, trend = 0, trend_number = 0, trend_left = 0,
    -- Calls of others in a minute, and between two answers: {when it is forgotten, calls} each.
    foreign = {}, jumps = {}, others_at = 0,
    counts = {}, -- what was counted since the state began, by lane
  }
end

-- Counts only ever rise, so that a metric can be made of them.
local function count(lane, what)
  s.counts = s.counts or {}
  s.counts[lane] = s.counts[lane] or { permits = 0, waits = 0, put_off = 0, refused = 0 }
  s.counts[lane][what] = s.counts[lane][what] + 1
end

local function load_state(raw)
  local packed = redis.call('GET', STATE)
  return packed and cmsgpack.unpack(packed) or new_state(raw)
end

local function save_state()
  redis.call('SET', STATE, cmsgpack.pack(s), 'PX', FORGOTTEN)
  if s.number % 50 == 0 then
    for i = 2, #KEYS do redis.call('PEXPIRE', KEYS[i], FORGOTTEN) end
  end
end

-- A clock stepping back adds nothing; one stepping forward adds no more than the caller has lived
-- through since it last heard our time. Only a caller without a past has to believe Redis.
local function advance(raw)
  local time = s.time + math.max(0, raw - s.raw)
  if a.latest then time = math.max(s.time, math.min(time, math.floor(a.latest))) end
  s.raw, s.time, now = raw, time, time
end

local function forget_old()
  redis.call('ZREMRANGEBYSCORE', LOG, '-inf', whole(now))
  redis.call('ZREMRANGEBYSCORE', FLIGHT, '-inf', whole(now))
  local lapsed = redis.call('ZRANGEBYSCORE', LEASES, '-inf', whole(now))
  for _, ticket in ipairs(lapsed) do
    redis.call('ZREM', QUEUE, ticket)
    redis.call('ZREM', LEASES, ticket)
  end
  s.jumps = s.jumps or {} -- a state of an older version has none
  for _, notes in ipairs({ s.foreign, s.jumps }) do
    while notes[1] and notes[1][1] <= now do table.remove(notes, 1) end
  end
end
