-- Members that may now be sent to the queues, in the order of their turns.
--
-- Celery's queues are first in, first out, so only little may be in them: about twice what the gpu fleet can run
-- (one being worked on, one on its way). Publishing is short and goes first. Preparing and finishing can take a
-- minute each, so one cpu slot is always left for publishing, and what is further along (finish) goes first.
even_when_full()

local function out(kind)
  return redis.call('ZCARD', released(kind)) + redis.call('ZCARD', leases(kind))
end

local members = {}
local function fill(kinds, window)
  local room = window
  for _, kind in ipairs(kinds) do room = room - out(kind) end
  for _, kind in ipairs(kinds) do
    while room > 0 do
      local member = next_in_lane(kind)
      if not member then break end
      redis.call('ZADD', released(kind), now, member)
      members[#members + 1] = member
      room = room - 1
    end
  end
end

local gpu, cpu = slots('gpu'), slots('cpu')
fill({'separate'}, 2 * gpu)
fill({'publish'}, 2 * cpu)
fill({'finish', 'prepare'}, math.max(cpu - 1, math.min(cpu, 1)))
return members
