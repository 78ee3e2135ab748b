-- Returns the members that may be sent to the queues, in the order of their turns.
--
-- Celery's queues are first in, first out, so they hold little: what the fleet can run, and half as much in transit
-- where another task may start meanwhile. Later turns wait for that.
even_when_full()

local function out(kind)
  return redis.call('ZCARD', key('released', kind)) + redis.call('ZCARD', key('leases', kind))
end

-- A worker that dies takes the tasks of all its slots with it, and an attempt of each: the one that killed it is
-- unknown. Released together again, the good ones would exhaust their attempts with the bad one. So a task on its last
-- attempt runs alone among all that have lost one: only tasks that never lost one run next to it.
local function tries(member)
  local _, job = split(member)
  return tonumber(redis.call('HGET', job_key(job, 'attempts'), member) or 0)
end

local function last_chance_is_out(kinds)
  for _, kind in ipairs(kinds) do
    for _, member in ipairs(redis.call('ZRANGE', key('released', kind), 0, -1)) do
      if tries(member) == MAX_ATTEMPTS - 1 then return true end
    end
    for _, member in ipairs(redis.call('ZRANGE', key('leases', kind), 0, -1)) do
      if tries(member) == MAX_ATTEMPTS then return true end  -- counted at its claim
    end
  end
  return false
end

local function has_to_wait(member, companions)
  return MAX_ATTEMPTS > 1 and tries(member) > 0 and last_chance_is_out(companions)
end

local members = {}
local function fill(lane, kind, room, companions, pick)
  while room > 0 do
    local member = (pick or next_in_lane)(lane, kind)
    if not member then return end
    if has_to_wait(member, companions) then
      redis.call('ZADD', key('delayed'), now + 1, member)
    else
      redis.call('ZADD', key('released', kind), now, member)
      members[#members + 1] = member
      room = room - 1
    end
  end
end

local function window(count) return math.ceil(1.5 * count) end

-- Chunks: a window for each model, one less than its slots (but two, if it has them), so that a slot is free for a
-- song's first chunk, which then waits only for the engine. For first chunks the window is wider, and queue.py sends
-- them before the others.
local _, by_model = slots('gpu')
local out_of_model = {}
for _, name in ipairs({key('released', 'separate'), key('leases', 'separate')}) do
  for _, member in ipairs(redis.call('ZRANGE', name, 0, -1)) do
    local _, job = split(member)
    local model = get(job, 'model_key') or ''
    out_of_model[model] = (out_of_model[model] or 0) + 1
  end
end
for model, count in pairs(by_model) do
  local lane, out_of, before = 'separate@' .. model, out_of_model[model] or 0, #members
  fill(lane, 'separate', math.max(count - 1, math.min(count, 2)) - out_of, {'separate'})
  fill(lane, 'separate', window(count) - out_of - (#members - before), {'separate'}, new_in_lane)
end

-- The cpu queue. Publishing, and the first slice of a recording (prepare), are short; the rest of it (extend), the end
-- (finish) and conversions may take long. So long tasks never get all slots, and a new job starts at once; extend and
-- convert leave one of theirs to finish, so that a short song also ends soon. With one slot a new job goes before the
-- rest of a long one.
local of_cpu = {'publish', 'finish', 'prepare', 'extend', 'convert'}
local cpu = slots('cpu')
local most = cpu >= 3 and cpu - 1 or cpu  -- one slot is for publishing
local most_long = cpu >= 3 and cpu - 2 or math.min(cpu, 1)
local most_slow = math.max(most_long - 1, math.min(cpu, 1))
local function slow_out() return out('extend') + out('convert') end
local function long_out() return slow_out() + out('finish') end
local function waiting(kind) return redis.call('ZCARD', key('waiting', kind)) end
local function room_for_long()
  return math.min(most_long - long_out(), most - long_out() - out('prepare'))
end
local function room_for_slow()
  return math.min(room_for_long(), most_slow - slow_out())
end

fill('publish', 'publish', window(cpu) - out('publish'), of_cpu)
fill('finish', 'finish', room_for_long(), of_cpu)
-- The slots reserved for long tasks, so that a stream of new jobs does not delay them.
local slow_to_come = math.min(most_slow - slow_out(), waiting('extend') + waiting('convert'))
local kept = cpu >= 2 and math.min(most_long, long_out() + math.max(0, slow_to_come)) or long_out()
fill('prepare', 'prepare', math.min(most - kept, math.max(cpu - 1, 1)) - out('prepare'), of_cpu)

-- The rest of recordings and conversions take turns.
local function release_one(kind)
  local before = #members
  fill(kind, kind, 1, of_cpu)
  if #members > before then note_turn('long', kind, turn()) end
  return #members > before
end
while room_for_slow() > 0 do
  local first, second = 'extend', 'convert'
  if tonumber(last_turn('long', second)) < tonumber(last_turn('long', first)) then first, second = second, first end
  if not (release_one(first) or release_one(second)) then break end
end
return members
