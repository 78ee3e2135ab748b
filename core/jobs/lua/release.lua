-- Members that may now be sent to the queues, in the order of their turns.
--
-- Celery's queues are first in, first out, so only little may be in them: what the fleet can run and half as much on its
-- way, which others whose turn it is have to wait for. Publishing is short and goes first; of preparing and finishing,
-- which have the other slots, what is further along (finish).
even_when_full()

local function out(kind)
  return redis.call('ZCARD', released(kind)) + redis.call('ZCARD', leases(kind))
end

-- A worker that dies takes the works of all its slots with it, and an attempt of each: nobody knows which one has killed
-- it. Those that were there would come together again, and the good ones be given up with the bad one. So a work on its
-- last attempt goes alone among all that have lost one: beside it are only works that never did.
local function tries(member)
  local _, job = split(member)
  return tonumber(redis.call('HGET', job_key(job, 'attempts'), member) or 0)
end

local function last_chance_is_out(kinds)
  for _, kind in ipairs(kinds) do
    for _, member in ipairs(redis.call('ZRANGE', released(kind), 0, -1)) do
      if tries(member) == MAX_ATTEMPTS - 1 then return true end
    end
    for _, member in ipairs(redis.call('ZRANGE', leases(kind), 0, -1)) do
      if tries(member) == MAX_ATTEMPTS then return true end  -- counted at its claim
    end
  end
  return false
end

local function has_to_wait(member, companions)
  return MAX_ATTEMPTS > 1 and tries(member) > 0 and last_chance_is_out(companions)
end

local members = {}
local function fill(kinds, most, companions)
  local room = most
  for _, kind in ipairs(kinds) do room = room - out(kind) end
  for _, kind in ipairs(kinds) do
    while room > 0 do
      local member = next_in_lane(kind)
      if not member then break end
      if has_to_wait(member, companions) then
        redis.call('ZADD', 'vl:delayed', now + 1, member)
      else
        redis.call('ZADD', released(kind), now, member)
        members[#members + 1] = member
        room = room - 1
      end
    end
  end
end

local function window(slots) return math.ceil(1.5 * slots) end

local of_cpu = {'publish', 'finish', 'prepare'}
fill({'separate'}, window((slots('gpu'))), {'separate'})
fill({'publish'}, window((slots('cpu'))), of_cpu)
fill({'finish', 'prepare'}, long_slots(), of_cpu)
return members
