-- The last part of the rate limit's script: what a caller may ask and tell. See limiter_state.lua.

-- Sub-commands -----------------------------------------------------------------------------------

local function grant(used, allowed)
  leave_queue(a.ticket)
  local gap, credit = spacing(allowed)
  s.number = s.number + 1
  local token = table.concat({ s.epoch, whole(s.number), a.lane, whole(used + 1) }, ':')
  redis.call('ZADD', LOG, whole(now + c.deadline + c.hold), token)
  redis.call('ZADD', FLIGHT, whole(now + c.flight_lease), token)
  move_lines(allowed)
  if a.lane == 'bulk' then s.bulk_granted = now end
  s.paced_at = math.max(s.paced_at + gap, now - credit)
  count(a.lane, 'permits')
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
    wait_for_pace(allowed, ahead), wait_for_bulk(allowed, ahead), wait_for_left(ahead, reserve))
  local slots = no_slot(ahead)
  if wait <= 0 and not slots then return grant(used, allowed) end
  local poll = math.ceil(math.max(wait, slots and SOON or 1))
  if poll > a.patience then
    count(a.lane, 'put_off')
    return refuse('full', slots and math.max(wait, c.slot_wait) or poll)
  end
  if not a.ticket then count(a.lane, 'waits') end
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
  local calls = a.limit - a.remaining - count - (s.number - number)
  if calls > 0 then s.shown_at = now end
  note_foreign(calls)
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
  local epoch, number, lane = parts(a.token)
  close(a.token, now + c.hold)
  s.refused = s.refused + 1
  count(lane, 'refused')
  local fell = apply_limit(epoch, number)
  local known = s.probing == 1 and epoch == s.epoch and number <= s.pause_number
  if not known then
    local again = s.probing == 1 or now - s.ramp_at < c.ramp
    s.pause = again and math.min(c.pause_most, s.pause * 2) or c.pause_least
    s.pause = math.max(s.pause, c.pause_least)
    -- What others used is freed within a window, and nobody can say sooner when. Only headers are
    -- believed here: what a refusal makes us suppose of others is no reason to stand still.
    if not fell and now - (s.shown_at or 0) < c.others_remembered then
      s.pause = math.max(s.pause, c.window)
    end
    -- Others use more than the headers showed: leave them a fifth more for one window.
    if not again and not fell then note_foreign(foreign_use() + math.ceil(s.limit / 5)) end
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
    local part = c.window / allowance()
    s.line_at = s.line_at - part / c.line_share
    if lane == 'bulk' then s.bulk_at = s.bulk_at - part / c.bulk_share end
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
    local since = math.max(s.line_at, s.bulk_at, now - c.line_credit)
    room = math.min(room, math.floor((ends - since) * c.bulk_share * allowed / c.window))
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
    paused = math.max(0, s.pause_until - now), counts = s.counts or {},
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
