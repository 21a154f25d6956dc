-- The rate limit of one Picqer API key, shared by all workers: one atomic step per call.
--
-- KEYS  1 state (packed)   2 log: token -> when it is freed   3 flight: token -> end of its lease
--       4 queue: ticket -> lane, then arrival   5 leases: ticket -> when it lapses
-- ARGV  1 the sub-command   2 its arguments as JSON (see limiter.py); answers are JSON too.
-- Above this text stands `local c = {...}`, the numbers of limiter.py: they are part of the script,
-- so that no call carries them.
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
    vouched = 0, hold_until = 0, pause_until = 0, pause = 0, pause_number = 0, probing = 0, ramp_at = 0,
    lost = 0, paced_at = 0, bulk_at = 0, bulk_granted = raw, greedy = 0, greedy_at = raw, ticket = 0,
    left = -1, left_at = 0, left_number = 0, trend = 0, foreign = {}, others_at = 0,
    horizon = {}, horizon_until = {},
  }
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
  while s.foreign[1] and s.foreign[1][1] <= now do table.remove(s.foreign, 1) end
end

-- How much may be used ---------------------------------------------------------------------------

-- The largest measurement of the last window. They are kept in the order of their ends, and a larger
-- one makes earlier ones irrelevant, so the first that has not ended is the largest.
local function foreign_use()
  for _, measurement in ipairs(s.foreign) do
    if measurement[1] > now then return measurement[2] end
  end
  return 0
end

local function note_foreign(calls)
  if calls <= 0 then return end
  s.others_at = now
  local kept = s.foreign
  while #kept > 0 and kept[#kept][2] <= calls do kept[#kept] = nil end
  kept[#kept + 1] = { now + c.window, calls }
end

local function others_seen() return now - s.others_at < c.others_remembered end

local function cushion() return others_seen() and math.floor(s.limit * c.cushion) or 0 end

local function allowance() return math.max(1, s.limit - foreign_use() - cushion()) end

-- Greedy calls per window, as an average that forgets exponentially.
local function greedy_use() return s.greedy * math.exp((s.greedy_at - now) / c.window) end

local function add_greedy(calls)
  s.greedy, s.greedy_at = math.max(0, greedy_use() + calls), now
end

-- Room that bulk leaves for greedy lanes, so that a sudden order need not wait. It shrinks while
-- bulk gets nothing, so that bulk is not starved as long as there is any room at all.
local function headroom(allowed)
  local patience = math.max(0, 1 - (now - s.bulk_granted) / c.bulk_longest)
  return math.min(allowed - 1, math.floor(math.ceil(allowed * c.headroom) * patience))
end

-- Milliseconds between bulk calls: what greedy lanes leave of the limit, and no faster than what
-- is free and what will be freed soon lasts; otherwise bulk would dig a hole that orders fall into.
local function bulk_spacing(allowed)
  local greedy = greedy_use()
  local share = math.min(c.bulk_share, 1 - greedy / allowed)
  local gap = c.window / (math.max(share, c.bulk_least) * allowed)
  local free = allowed - redis.call('ZCARD', LOG) - headroom(allowed)
  for parts = 2, 8, 3 do
    local span = c.window / parts
    local freed = redis.call('ZCOUNT', LOG, '-inf', whole(now + span))
    gap = math.max(gap, span / math.max(1, free + freed - greedy / parts))
  end
  return math.min(c.bulk_longest, gap)
end

-- What the server has left --------------------------------------------------------------------------

-- What the server should have left by now: what the last answer said, and what a bucket would have
-- gained since, which is the least that any window frees.
local function left_now()
  return math.min(s.limit, s.left + (now - s.left_at) * allowance() / c.window)
end

-- Milliseconds until the server should have room for one more. Everything in flight may have come
-- after its last word, and so may calls of others, for which a cushion is kept.
local function wait_for_left(ahead)
  if s.left < 0 then return 0 end
  local flying = redis.call('ZCARD', FLIGHT) + ahead
  if not others_seen() then
    if flying > 0 and s.left + s.trend * (flying + 1) < 0 then return SOON end
    return 0
  end
  local missing = cushion() + flying + 1 - left_now()
  if missing <= 0 then return 0 end
  return flying > 0 and SOON or missing * c.window / allowance()
end

local function note_left(number)
  if number <= s.left_number then return end
  if s.left >= 0 then
    local step = (a.remaining - s.left) / (number - s.left_number)
    s.trend = s.trend + (math.max(-1, math.min(0, step)) - s.trend) * c.trend_weight
  end
  s.left, s.left_at, s.left_number = a.remaining, now, number
end

-- Without a header, and for a while after a 429, no lane may burst. 0: no spacing.
local function spacing(allowed)
  local share = 0
  if s.header == 0 then share = 1 end
  if others_seen() and left_now() < foreign_use() * c.scarce then share = 1 end
  if now - s.ramp_at < c.ramp then share = 0.5 + 0.5 * (now - s.ramp_at) / c.ramp end
  return share > 0 and c.window / (allowed * share) or 0
end

-- Waiting ----------------------------------------------------------------------------------------

local function leave_queue(ticket)
  if not ticket then return end
  redis.call('ZREM', QUEUE, ticket)
  redis.call('ZREM', LEASES, ticket)
end

-- How many waiting callers go first: those of higher lanes, and the earlier ones of this lane.
local function ahead_of(ticket)
  local place = ticket and redis.call('ZRANK', QUEUE, ticket)
  if place then return place end
  local before = ticket and tonumber(string.match(ticket, '%d+')) or LANE_SPAN
  return redis.call('ZCOUNT', QUEUE, '-inf', '(' .. whole(RANK[a.lane] * LANE_SPAN + before))
end

local function stand_in_queue(ticket, poll)
  if not ticket then
    s.ticket = s.ticket + 1
    ticket = string.format('%012.0f:%s', s.ticket, a.lane)
  end
  local place = RANK[a.lane] * LANE_SPAN + tonumber(string.match(ticket, '%d+'))
  redis.call('ZADD', QUEUE, whole(place), ticket)
  redis.call('ZADD', LEASES, whole(now + poll + c.ticket_lease), ticket)
  return ticket
end

-- Until enough of the log is freed for everybody ahead and this caller.
local function wait_for_room(used, allowed, ahead)
  local over = used + ahead + 1 - allowed
  if over <= 0 then return 0 end
  if over > used then return c.hold end
  local entry = redis.call('ZRANGE', LOG, over - 1, over - 1, 'WITHSCORES')
  return tonumber(entry[2]) - now
end

local function wait_for_pace(allowed, ahead)
  local gap = spacing(allowed)
  if gap == 0 then return 0 end
  return s.paced_at + gap * (ahead + 1) - now
end

local function wait_for_bulk(allowed, ahead)
  if a.lane ~= 'bulk' then return 0 end
  local greedy = redis.call('ZCOUNT', QUEUE, '-inf', '(' .. whole(RANK.bulk * LANE_SPAN))
  return s.bulk_at + bulk_spacing(allowed) * (ahead - greedy + 1) - now
end

-- True when a slot is missing: nobody knows when one comes, so the caller looks again soon.
local function no_slot(ahead)
  local flying = redis.call('ZCARD', FLIGHT)
  local most = a.lane == 'bulk' and c.bulk_in_flight or c.most_in_flight
  if flying + ahead >= most then return true end
  if s.fresh == 0 and s.probing == 0 then return false end
  return ahead > 0 or redis.call('ZSCORE', FLIGHT, s.probe) ~= false
end

local function refuse(cause, wait)
  leave_queue(a.ticket)
  return { cause = cause, wait = math.ceil(wait), poll = math.ceil(wait) }
end

local function too_young()
  local born = s.horizon[a.lane]
  local left = (s.horizon_until[a.lane] or 0) - now
  if a.born and born and left > 0 and a.born > born then return math.min(left, c.young_wait) end
  return nil
end

-- Sub-commands -----------------------------------------------------------------------------------

local function grant(used, allowed)
  leave_queue(a.ticket)
  local was_paced = s.paced_at
  s.number = s.number + 1
  local token = table.concat({ s.epoch, whole(s.number), a.lane, whole(used + 1) }, ':')
  redis.call('ZADD', LOG, whole(now + c.deadline + c.hold), token)
  redis.call('ZADD', FLIGHT, whole(now + c.flight_lease), token)
  if a.lane == 'bulk' then
    s.bulk_at = math.max(s.bulk_at + bulk_spacing(allowed), now - c.bulk_credit)
    s.bulk_granted = now
  else
    add_greedy(1)
  end
  s.paced_at = now
  if others_seen() then s.paced_at = math.max(was_paced + spacing(allowed), now - 500) end
  if s.fresh == 1 or s.probing == 1 then s.probe = token end
  return { token = token }
end

local function take()
  if now < s.pause_until then return refuse('paused', s.pause_until - now) end
  if now < s.hold_until then return refuse('lost', s.hold_until - now) end
  local young = too_young()
  if young then return refuse('young', young) end
  local allowed, ahead, used = allowance(), ahead_of(a.ticket), redis.call('ZCARD', LOG)
  local reserve = a.lane == 'bulk' and headroom(allowed) or 0
  local wait = math.max(wait_for_room(used, allowed, ahead + reserve),
    wait_for_pace(allowed, ahead), wait_for_bulk(allowed, ahead), wait_for_left(ahead + reserve))
  local slots = no_slot(ahead)
  if wait <= 0 and not slots then return grant(used, allowed) end
  local poll = math.ceil(math.max(wait, slots and SOON or 1))
  if poll > a.patience then
    return refuse('full', slots and math.max(wait, c.slot_wait) or poll)
  end
  poll = math.min(poll, c.longest_poll)
  return { cause = 'wait', wait = poll, poll = poll, ticket = stand_in_queue(a.ticket, poll) }
end

local function parts(token)
  local epoch, number, lane, count = string.match(token, '^([^:]+):(%d+):(%a+):(%d+)$')
  return epoch, tonumber(number), lane, tonumber(count)
end

-- Frees the slot in flight; the permit itself stays in the log until `freed` at the earliest.
local function close(token, freed)
  redis.call('ZREM', FLIGHT, token)
  if freed then redis.call('ZADD', LOG, whole(freed), token) end
  local was_probe = token == s.probe
  if was_probe then s.probe = '' end
  return was_probe
end

-- A header counts when no request granted later has spoken before. True when the limit fell.
local function apply_limit(epoch, number)
  local fell = false
  if a.limit and epoch == s.epoch and number > s.limit_number then
    fell = a.limit < s.limit
    s.limit, s.limit_number, s.header = a.limit, number, 1
  end
  return fell
end

-- Picqer may have counted what we held when this request was granted and what was granted since;
-- whatever it counted beyond that was somebody else's.
local function measure_foreign(epoch, number, count)
  if not (a.limit and a.remaining) or epoch ~= s.epoch or number <= s.seeded then return end
  note_left(number)
  note_foreign(a.limit - a.remaining - count - (s.number - number))
end

local function answered()
  local epoch, number, _, count = parts(a.token)
  if close(a.token, now + c.hold) then
    s.fresh = 0
    if s.probing == 1 then s.probing, s.ramp_at = 0, now end
  end
  apply_limit(epoch, number)
  measure_foreign(epoch, number, count)
  return {}
end

local function refused()
  local epoch, number = parts(a.token)
  close(a.token, now + c.hold)
  s.refused = s.refused + 1
  local fell = apply_limit(epoch, number)
  local known = s.probing == 1 and epoch == s.epoch and number <= s.pause_number
  if not known then
    local again = s.probing == 1 or now - s.ramp_at < c.ramp
    s.pause = again and math.min(c.pause_most, s.pause * 2) or c.pause_least
    s.pause = math.max(s.pause, c.pause_least)
    -- Others use more than the headers showed: leave them a tenth more for one window.
    if not again and not fell then note_foreign(foreign_use() + math.ceil(s.limit / 10)) end
    s.probing, s.pause_number = 1, s.number
    s.pause_until = math.max(s.pause_until, now + s.pause)
  end
  s.pause_until = math.max(s.pause_until, now + a.retry_after)
  return { wait = s.pause_until - now }
end

local function unanswered()
  local until_now = tonumber(redis.call('ZSCORE', LOG, a.token) or 0)
  close(a.token, math.max(until_now, now + c.hold))
  return {}
end

local function give_back()
  local _, _, lane = parts(a.token)
  close(a.token, nil)
  if redis.call('ZREM', LOG, a.token) == 1 then
    if lane == 'bulk' then
      s.bulk_at = s.bulk_at - bulk_spacing(allowance())
    else
      add_greedy(-1)
    end
  end
  return {}
end

-- Stand-ins for the calls of processes that died: the store counted them and nobody else knows
-- of them. What a living process gives back takes their place.
local function stand_in(given)
  for _ = 1, math.min(s.lost, given) do
    redis.call('ZREM', LOG, 'lost:' .. whole(s.lost))
    s.lost = s.lost - 1
  end
  local missing = math.min(a.at_least or 0, s.limit) - redis.call('ZCARD', LOG)
  for _ = 1, missing do
    s.lost = s.lost + 1
    redis.call('ZADD', LOG, whole(now + c.hold), 'lost:' .. whole(s.lost))
  end
end

-- What a living process remembers of its last minute; tokens are unique, so nothing counts twice.
local function seed()
  local given = 0
  for _, permit in ipairs(a.permits) do
    local token, left, lease = permit[1], permit[2], permit[3]
    local score = redis.call('ZSCORE', LOG, token)
    local known = tonumber(score or 0)
    if not score then given = given + 1 end
    redis.call('ZADD', LOG, whole(math.max(known, now + left)), token)
    if lease > 0 then redis.call('ZADD', FLIGHT, whole(now + lease), token) end
  end
  s.foreign, s.seeded = {}, s.number
  if a.limit and s.header == 0 then s.limit = math.min(s.limit, a.limit) end
  stand_in(given)
  s.vouched = 1
  if a.pause > 0 then
    s.pause_until, s.probing = math.max(s.pause_until, now + a.pause), 1
    s.pause_number = s.number
  end
  return {}
end

-- What the store knows of the time before this state; the first to say so vouches for it. A later
-- one would only see calls, or runs that are about to call, that go through this state.
local function vouch()
  local vouched = s.vouched == 1 or s.number > 0 or redis.call('ZCARD', LOG) > 0
  if s.fresh == 1 and not vouched then s.hold_until = math.max(s.hold_until, now + a.left) end
  s.vouched = 1
  return {}
end

local function horizon()
  s.horizon[a.lane], s.horizon_until[a.lane] = a.born or 0, a.born and now + a.left or 0
  return {}
end

local function budget()
  local ends = now + a.left
  local blocked = math.max(s.pause_until, s.hold_until)
  if blocked >= ends then return { permits = 0 } end
  if s.fresh == 1 or s.probing == 1 then return { permits = 1 } end
  local allowed = allowance()
  local freed = redis.call('ZCOUNT', LOG, '-inf', whole(ends))
  local room = allowed - redis.call('ZCARD', LOG) + freed - redis.call('ZCARD', QUEUE)
  local gap = spacing(allowed)
  if gap > 0 then room = math.min(room, math.floor(a.left / gap)) end
  if a.lane == 'bulk' then
    local since = math.max(s.bulk_at, now - c.bulk_credit)
    room = math.min(room, math.floor((ends - since) / bulk_spacing(allowed)))
  end
  return { permits = math.max(0, room) }
end

-- Changes nothing: somebody who only looks must not be believed about the time.
local function view()
  local waiting = {}
  for lane, rank in pairs(RANK) do
    local from, to = whole(rank * LANE_SPAN), '(' .. whole((rank + 1) * LANE_SPAN)
    waiting[lane] = redis.call('ZCOUNT', QUEUE, from, to)
  end
  return {
    limit = s.limit, refused = s.refused, foreign_use = foreign_use(), waiting = waiting,
    in_use = redis.call('ZCOUNT', LOG, '(' .. whole(now), '+inf'),
    in_flight = redis.call('ZCOUNT', FLIGHT, '(' .. whole(now), '+inf'),
    paused = math.max(0, s.pause_until - now),
  }
end

-- The call ---------------------------------------------------------------------------------------

local COMMANDS = {
  take = take, answered = answered, refused = refused, unanswered = unanswered, seed = seed,
  give_back = give_back, vouch = vouch, horizon = horizon, budget = budget, view = view,
}

-- Not the state this process knew: emptied, or older than what it has seen (a restored copy).
local function is_lost()
  if a.epoch == '' or command == 'seed' or command == 'view' then return false end
  if a.epoch == s.epoch and a.number > s.number then
    s.epoch, s.fresh, s.header, s.limit_number, s.probe = a.candidate, 1, 0, 0, ''
  end
  return a.epoch ~= s.epoch
end

local raw = redis_time()
s = load_state(raw)
advance(raw)
if command ~= 'view' then forget_old() end
local reply = is_lost() and { lost = true } or COMMANDS[command]()
if command ~= 'view' then save_state() end
reply.epoch, reply.number, reply.time = s.epoch, s.number, now
return cjson.encode(reply)
