-- {separate tasks in lanes, released, leased, gpu slots, cpu slots, age of the oldest waiting task as text; and of all
-- other kinds, on the cpu queue: in lanes or released, leased, age of the oldest waiting task}
local function age(kind)
  local oldest = redis.call('ZRANGE', key('waiting', kind), 0, 0, 'WITHSCORES')[2]
  return oldest and math.max(0, now - tonumber(oldest)) or 0
end

local depth, in_flight, oldest = 0, 0, 0
for _, kind in ipairs(KINDS) do
  if kind ~= 'separate' then
    depth = depth + redis.call('ZCARD', key('waiting', kind)) + redis.call('ZCARD', key('released', kind))
    in_flight = in_flight + redis.call('ZCARD', key('leases', kind))
    oldest = math.max(oldest, age(kind))
  end
end
return {redis.call('ZCARD', key('waiting', 'separate')), redis.call('ZCARD', key('released', 'separate')),
  redis.call('ZCARD', key('leases', 'separate')), slots('gpu'), slots('cpu'), tostring(age('separate')),
  depth, in_flight, tostring(oldest)}
