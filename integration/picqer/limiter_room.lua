-- The second part of the rate limit's script: how much may be used, and who waits for how long.

-- How much may be used ---------------------------------------------------------------------------

-- The largest of what was noted and has not ended. Notes are kept in the order of their ends, and a
-- larger one makes earlier ones irrelevant, so the first that has not ended is the largest.
local function largest(notes)
  for _, note in ipairs(notes) do
    if note[1] > now then return note[2] end
  end
  return 0
end

-- Ends are rounded up to a sixtieth: while others use less and less, every answer would be kept.
local function note(notes, calls, span)
  while #notes > 0 and notes[#notes][2] <= calls do notes[#notes] = nil end
  local step = span / 60
  local ends = math.ceil((now + span) / step) * step
  if #notes > 0 and notes[#notes][1] >= ends then return end
  notes[#notes + 1] = { ends, calls }
end

local function foreign_use() return largest(s.foreign) end

local function note_foreign(calls)
  if calls <= 0 then return end
  s.others_at = now
  note(s.foreign, calls, c.window)
end

-- For some minutes after others were seen nothing is taken for granted.
local function others_seen() return now - s.others_at < c.others_remembered end

-- Requests that are left to others beyond what they were seen to use: a part of the limit, or as
-- many as came at once in the last minutes, for as many may come again.
local function cushion()
  if not others_seen() then return 0 end
  local least, most = math.floor(s.limit * c.cushion), math.floor(s.limit * c.most_cushion)
  return math.max(least, math.min(most, largest(s.jumps)))
end

local function allowance() return math.max(1, s.limit - foreign_use() - cushion()) end

-- Room that bulk leaves for greedy lanes, so that a sudden order need not wait. It shrinks while
-- bulk gets nothing, so that bulk is not starved as long as there is any room at all.
local function headroom(allowed)
  local patience = math.max(0, 1 - (now - s.bulk_granted) / c.bulk_longest)
  local room = math.floor(allowed * c.headroom) + math.floor(foreign_use() * c.headroom_shared)
  return math.min(allowed - 1, math.floor(room * patience))
end

-- Two lines in time pace bulk. Every call of any lane moves the first on by its part of the window,
-- so bulk gets what greedy lanes leave, and what they took in a burst is made up for before bulk
-- goes on; bulk calls alone move the second, which keeps their share. A line that was left behind
-- gives little credit.
local function moved(line, share, allowed, credit)
  local from = math.max(line, now - credit)
  return math.min(from, now + c.window) + c.window / (share * allowed)
end

local function move_lines(allowed)
  s.line_at = moved(s.line_at, c.line_share, allowed, c.line_credit)
  if a.lane == 'bulk' then s.bulk_at = moved(s.bulk_at, c.bulk_share, allowed, c.bulk_credit) end
end

-- What the server has left ----------------------------------------------------------------------

-- What the server should have left by now: what the last answer said, and what a bucket would have
-- gained since, which is the least that any window frees in the long run.
local function left_now()
  return math.min(s.limit, s.left + (now - s.left_at) * allowance() / c.window)
end

-- True while what is left falls with every call. Our own use alone makes it fall so only once, up
-- to the limit; what was seen long ago says nothing.
local function falls() return s.trend < c.falling and now - s.left_at < c.trend_kept end

-- Until enough of the log is freed for everybody ahead and this caller.
local function wait_for_room(used, allowed, ahead)
  local over = used + ahead + 1 - allowed
  if over <= 0 then return 0 end
  if over > used then return c.hold end
  local entry = redis.call('ZRANGE', LOG, over - 1, over - 1, 'WITHSCORES')
  return tonumber(entry[2]) - now
end

-- Milliseconds until what was refused to others while we did not ask can not matter, though the
-- server may count it: they use half of the key, and so we hold half of the limit at the most.
local function wait_after_silence(ahead)
  if now - s.left_at < c.silence then return 0 end
  return wait_for_room(redis.call('ZCARD', LOG), math.ceil(s.limit / 2), ahead)
end

-- Milliseconds until the server should have room for one more. All in flight may have come after
-- the server's last word, and so may calls of others. What was not heard but is only supposed lets
-- one request pass at a time.
local function wait_for_left(ahead, reserve)
  local shared = others_seen()
  if s.left < 0 or not (shared or falls()) then return 0 end
  local flying = redis.call('ZCARD', FLIGHT) + ahead
  local needed = flying + 1 + (shared and cushion() + reserve or c.unheard)
  if needed <= s.left then return 0 end
  if flying > 0 then return SOON end
  if not shared then return 0 end
  local growth = (needed - left_now()) * c.window / allowance()
  return math.max(0, growth, wait_after_silence(ahead))
end

-- Answers overtake one another, so an older one may only lower what is left. The trend is taken
-- over several grants for the same reason.
local function note_left(number)
  if number <= s.left_number then
    s.left = math.min(s.left, a.remaining)
    return
  end
  if s.left >= 0 and now - s.left_at < c.jump_kept then
    local usual = foreign_use() * (now - s.left_at) / c.window
    local jump = math.floor(s.left - a.remaining - (number - s.left_number) - usual)
    if jump > 0 then note(s.jumps, jump, c.others_remembered) end
  end
  local grants, stale = number - s.trend_number, now - s.left_at >= c.trend_kept
  if stale or grants >= c.trend_grants then
    s.trend = stale and 0 or (a.remaining - s.trend_left) / grants
    s.trend_number, s.trend_left = number, a.remaining
  end
  s.left, s.left_at, s.left_number = a.remaining, now, number
end

-- Whoever comes first in a window takes all of it. Where others use the key, the second half of
-- what we may use is spread over the window, and so is what may just last for them.
local function scarce(allowed)
  if not others_seen() then return false end
  return redis.call('ZCARD', LOG) * 2 > allowed or left_now() < foreign_use() * c.scarce
end

-- Milliseconds between two calls of any lane, 0 for none, and how far they may fall behind. After a
-- 429 and without a header nothing may burst.
local function spacing(allowed)
  local gap = c.window / allowed
  if now - s.ramp_at < c.ramp then return gap / (0.5 + 0.5 * (now - s.ramp_at) / c.ramp), 0 end
  if s.header == 0 then return gap, 0 end
  if scarce(allowed) then return gap, math.max(c.pace_credit, 2 * gap) end
  return 0, 0
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

local function wait_for_pace(allowed, ahead)
  local gap = spacing(allowed)
  if gap == 0 then return 0 end
  return s.paced_at + gap * (ahead + 1) - now
end

local function wait_for_bulk(allowed, ahead)
  if a.lane ~= 'bulk' then return 0 end
  local greedy = redis.call('ZCOUNT', QUEUE, '-inf', '(' .. RANK.bulk * LANE_SPAN)
  local gap = c.window / (c.bulk_share * allowed)
  local wait = math.max(s.line_at, s.bulk_at) + gap * (ahead - greedy) - now
  return math.min(wait, s.bulk_granted + c.bulk_longest - now)
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
